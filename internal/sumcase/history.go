package sumcase

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/gosum"
)

// historyOf returns what git knows of a line of a file, or nil: where there is no
// git, no checkout, or a shallow one that does not reach back to the commit that
// brought the line. It starts git and changes nothing.
func historyOf(ctx context.Context, path string, line int, m module.Version) *History {
	dir, name := filepath.Dir(path), filepath.Base(path)
	n := strconv.Itoa(line)
	out, err := git(ctx, dir, "blame", "--porcelain", "--no-textconv", "-L", n+","+n, "--", name)
	if err != nil {
		return nil
	}
	if strings.Contains(out, "\nboundary\n") && isShallow(ctx, dir) {
		return nil // git blames the oldest commit that is here for all that is older
	}
	commit, _, _ := strings.Cut(out, " ")
	h := &History{}
	before := "HEAD"
	if strings.Trim(commit, "0") != "" {
		said, err := git(ctx, dir, "show", "--no-patch", "--format=%an%x00%as%x00%s%x00%P", commit, "--")
		f := strings.Split(strings.TrimRight(said, "\n"), "\x00")
		if err != nil || len(f) != 4 {
			return nil
		}
		h.Commit, h.Author, h.Date, h.Subject = commit, f[0], f[1], f[2]
		if before, _, _ = strings.Cut(f[3], " "); before == "" {
			return h // the first one
		}
	}
	old, err := git(ctx, dir, "show", "--no-textconv", before+":./"+name)
	if err != nil {
		return h // the commit has made the file
	}
	for known, hash := range gosum.Lines([]byte(old)) {
		if known == m && strings.HasPrefix(hash, "h1:") {
			h.Old = hash
			break
		}
	}
	return h
}

// isShallow reports whether the checkout lacks the beginning of its history.
func isShallow(ctx context.Context, dir string) bool {
	out, err := git(ctx, dir, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(out) == "true"
}

// git runs git, without what a checkout's configuration could have it start.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "--literal-pathspecs"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	return string(out), err
}
