package sumcase

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/gitrun"
	"github.com/goshim/goshim/internal/gosum"
)

// historyOf returns what git knows of a line of a file, or nil: where there is no
// git, no checkout, or a shallow one that does not reach back to the commit that
// brought the line. It runs git as package gitrun does and changes nothing.
func historyOf(ctx context.Context, path string, line int, m module.Version) *History {
	repo, err := gitrun.Open(ctx, filepath.Dir(path), os.Environ())
	if err != nil {
		return nil
	}
	name, ok := repo.Rel(path)
	if !ok {
		return nil
	}
	n := strconv.Itoa(line)
	blamed, err := repo.RunOn([]string{name}, "blame", "--porcelain", "--no-textconv", "-L", n+","+n)
	out := string(blamed)
	if err != nil || strings.Contains(out, "\nboundary\n") && isShallow(repo) {
		return nil // git blames the oldest commit that is here for all that is older
	}
	commit, _, _ := strings.Cut(out, " ")
	h := &History{}
	before := "HEAD"
	if strings.Trim(commit, "0") != "" {
		said, err := repo.Run(nil, "log", "--max-count=1", "--no-patch", "--format=%an%x00%as%x00%s%x00%P", commit, "--")
		f := strings.Split(strings.TrimRight(string(said), "\n"), "\x00")
		if err != nil || len(f) != 4 {
			return nil
		}
		h.Commit, h.Author, h.Date, h.Subject = commit, f[0], f[1], f[2]
		if before, _, _ = strings.Cut(f[3], " "); before == "" {
			return h // the first one
		}
	}
	old, err := repo.Run(nil, "cat-file", "blob", before+":"+name)
	if err != nil {
		return h // the commit has made the file
	}
	for known, hash := range gosum.Lines(old) {
		if known == m && strings.HasPrefix(hash, "h1:") {
			h.Old = hash
			break
		}
	}
	return h
}

// isShallow reports whether the checkout lacks the beginning of its history.
func isShallow(repo *gitrun.Repo) bool {
	out, err := repo.Run(nil, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(string(out)) == "true"
}
