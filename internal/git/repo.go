package git

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// A Repo is the layout of one repository as seen from one work tree. It holds
// no open file and no state: each method reads the files anew, and methods may
// be called concurrently.
type Repo struct {
	gitDir    string // HEAD and what else belongs to this work tree alone
	commonDir string // config, refs and objects, shared by linked work trees
	hashLen   int    // bytes of an object name
}

// Open reads the layout of the repository whose work tree is root: root/.git,
// which is a directory or a file that names one, and there commondir and
// config. It returns an error that wraps [ErrReftable] if the refs are in a
// reftable, and refuses a format it does not know, as the "repository version"
// rules of git ask.
func Open(root string) (*Repo, error) {
	gitDir, err := findGitDir(filepath.Join(root, ".git"))
	if err != nil {
		return nil, err
	}
	commonDir, err := findCommonDir(gitDir)
	if err != nil {
		return nil, err
	}
	hashLen, err := readFormat(filepath.Join(commonDir, "config"))
	if err != nil {
		return nil, err
	}
	return &Repo{gitDir, commonDir, hashLen}, nil
}

// findGitDir returns the directory that dotGit is or names. A .git file holds
// "gitdir: " and a path, relative to the file's folder (gitrepository-layout(5)).
func findGitDir(dotGit string) (string, error) {
	fi, err := os.Stat(dotGit)
	if err != nil {
		return "", err
	}
	if fi.IsDir() {
		return dotGit, nil
	}
	data, err := readFile(dotGit)
	if err != nil {
		return "", err
	}
	rest, ok := bytes.CutPrefix(data, []byte("gitdir: "))
	dir, valid := parsePath(rest)
	if !ok || !valid {
		return "", fileErrorf(dotGit, "malformed .git file: want \"gitdir: PATH\"")
	}
	return join(filepath.Dir(dotGit), dir), nil
}

// findCommonDir returns the directory with the shared files: the one named in
// gitDir/commondir, relative to gitDir, or gitDir if there is no such file.
func findCommonDir(gitDir string) (string, error) {
	path := filepath.Join(gitDir, "commondir")
	data, err := readFile(path)
	if isAbsent(err) {
		return gitDir, nil
	}
	if err != nil {
		return "", err
	}
	dir, ok := parsePath(data)
	if !ok {
		return "", fileErrorf(path, "malformed commondir file")
	}
	return join(gitDir, dir), nil
}

// parsePath returns the path in a file of one line, with either line ending.
func parsePath(data []byte) (string, bool) {
	path := strings.TrimRight(string(data), "\r\n")
	return path, path != "" && !strings.ContainsAny(path, "\n\x00")
}

// join returns path as seen from dir. Git writes slashes on every system.
func join(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
