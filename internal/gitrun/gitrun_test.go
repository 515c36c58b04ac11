package gitrun

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// start makes an empty repository.
func start(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "gitconfig"))
	write(t, filepath.Join(dir, "gitconfig"), "[user]\n\tname = Gopher\n\temail = gopher@example.com\n[init]\n\tdefaultBranch = main\n")
	root := filepath.Join(dir, "m")
	write(t, filepath.Join(root, "go.sum"), "one\n")
	runGit(t, root, "init", "--quiet")
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
}

func runGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// TestHostile has everything that a repository can name as a program, also one of
// a clone that is a bare repository for whoever looks at the directory alone.
func TestHostile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	root := start(t)
	ran := filepath.Join(filepath.Dir(root), "ran")
	evil := filepath.Join(filepath.Dir(root), "evil.sh")
	write(t, evil, "#!/bin/sh\necho \"$0 $*\" >>"+ran+"\ncat\nexit 1\n")
	write(t, filepath.Join(root, ".gitattributes"), "* filter=x diff=x\n")
	sub := filepath.Join(root, "sub")
	write(t, filepath.Join(sub, "go.sum"), "two\n")
	runGit(t, root, "add", ".")
	runGit(t, root, "commit", "--quiet", "-m", "first")
	bare := filepath.Join(filepath.Dir(root), "bare")
	runGit(t, root, "clone", "--quiet", "--bare", root, bare)
	for _, name := range []string{"HEAD", "config", "objects", "refs", "packed-refs"} {
		if err := os.Rename(filepath.Join(bare, name), filepath.Join(sub, name)); err != nil {
			t.Fatal(err)
		}
	}
	runGit(t, sub, "--git-dir=.", "config", "core.bare", "false")
	runGit(t, sub, "--git-dir=.", "config", "core.worktree", ".")
	for _, dir := range []string{filepath.Join(root, ".git"), sub} {
		for key, value := range map[string]string{
			"core.fsmonitor": evil, "core.hooksPath": filepath.Dir(evil), "core.sshCommand": evil, "core.pager": evil, "core.askPass": evil,
			"filter.x.clean": evil, "filter.x.smudge": evil, "filter.x.process": evil, "filter.x.required": "true",
			"diff.x.textconv": evil, "diff.x.command": evil, "diff.external": evil, "credential.helper": evil,
			"log.showSignature": "true", "gpg.program": evil, "gpg.format": "openpgp", "alias.blame": "!" + evil, "core.editor": evil,
		} {
			runGit(t, root, "config", "--file", filepath.Join(dir, "config"), key, value)
		}
	}
	for _, dir := range []string{root, sub} {
		t.Setenv("GIT_DIR", sub)
		t.Setenv("GIT_EXTERNAL_DIFF", evil)
		repo, err := Open(t.Context(), dir, os.Environ())
		if err != nil {
			t.Fatal(err)
		}
		os.Unsetenv("GIT_DIR")
		if repo.Root != root {
			t.Errorf("Open(%s): got %s, want %s", dir, repo.Root, root)
		}
		write(t, filepath.Join(sub, "go.sum"), "three\n")
		for _, args := range [][]string{
			{"status", "--porcelain"},
			{"ls-files", "--others"},
			{"blame", "--no-textconv", "--porcelain", "-L1,1", "--", "sub/go.sum"},
			{"log", "--max-count=1", "--no-patch", "--format=%an%G?"},
			{"cat-file", "blob", "HEAD:go.sum"},
			{"hash-object", "sub/go.sum"},
			{"ls-tree", "-r", "HEAD"},
			{"check-attr", "filter", "go.sum"},
			{"reset", "--quiet"},
		} {
			if _, err := repo.Run(nil, args...); err != nil {
				t.Errorf("git %v: %v", args, err)
			}
		}
	}
	// A clone has the hooks and settings of nobody.
	if err := Clone(t.Context(), os.Environ(), root, filepath.Join(t.TempDir(), "clone"), true); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(ran); err == nil {
		t.Errorf("ran %s", data)
	}
}

// TestOwner opens the checkout of another user, as in a job in a container.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS == "windows" {
		t.Skip("only root can give files away")
	}
	root := start(t)
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, 12345, 12345)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), root, os.Environ())
	if err == nil || !strings.HasSuffix(err.Error(), "the checkout belongs to another user") {
		t.Errorf("got %v", err)
	}
	runGit(t, filepath.Dir(root), "config", "--global", "--add", "safe.directory", root)
	if _, err := Open(t.Context(), root, os.Environ()); err != nil {
		t.Error(err)
	}
}

// TestOnlyRunner wants every git command of the tree to be started here.
func TestOnlyRunner(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(filepath.Dir(path)) == "gitrun" {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !strings.HasPrefix(name.Sel.Name, "Command") && name.Sel.Name != "LookPath" && name.Sel.Name != "StartProcess" {
				return true
			}
			for _, arg := range call.Args {
				if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, _ := strconv.Unquote(lit.Value); strings.TrimSuffix(filepath.Base(s), ".exe") == "git" {
						t.Errorf("%s starts git by itself; package gitrun does it", path)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
