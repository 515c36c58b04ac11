package gitcommit

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkout makes a repository with one commit and returns its directory, which
// has a space in its name.
func checkout(t *testing.T) string {
	t.Helper()
	base := t.TempDir()
	dir := filepath.Join(base, "a ü b")
	write(t, filepath.Join(dir, "go.mod"), "one\n")
	write(t, filepath.Join(dir, "main.go"), "one\n")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(base, "gitconfig"))
	t.Setenv("GIT_CEILING_DIRECTORIES", base)
	write(t, filepath.Join(base, "gitconfig"), "[user]\n\tname = Gopher\n\temail = gopher@example.com\n[init]\n\tdefaultBranch = main\n")
	runGit(t, dir, "init", "--quiet")
	runGit(t, dir, "add", ".")
	runGit(t, dir, "commit", "--quiet", "-m", "start")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestCommit(t *testing.T) {
	dir := checkout(t)
	files := []string{filepath.Join(dir, "go.mod"), filepath.Join(dir, "go [dev].mod"), filepath.Join(dir, "go.dev.sum")}
	write(t, filepath.Join(dir, "main.go"), "staged\n")
	write(t, filepath.Join(dir, "new.go"), "staged\n")
	runGit(t, dir, "add", "main.go", "new.go")
	write(t, filepath.Join(dir, "main.go"), "not staged\n")
	if err := Check(files); err != nil {
		t.Fatal(err)
	}
	write(t, files[0], "two\n")
	write(t, files[1], "layer\n")
	if err := Commit(files[:2], "modules: pin\n\n# not a comment\nexample.com/dep v1 → v2\n"); err != nil {
		t.Fatal(err)
	}
	got := runGit(t, dir, "-c", "core.quotePath=false", "show", "--format=%B", "--name-status")
	want := "modules: pin\n\n# not a comment\nexample.com/dep v1 → v2\n\n\nA\tgo [dev].mod\nM\tgo.mod\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = runGit(t, dir, "status", "--porcelain")
	if want := "MM main.go\nA  new.go\n"; got != want {
		t.Errorf("status: got %q, want %q", got, want)
	}
}

func TestCommitRemoval(t *testing.T) {
	dir := checkout(t)
	path := filepath.Join(dir, "go.mod")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := Commit([]string{path}, "remove"); err != nil {
		t.Fatal(err)
	}
	if got := runGit(t, dir, "show", "--format=%s", "--name-status"); got != "remove\n\nD\tgo.mod\n" {
		t.Errorf("got %q", got)
	}
}

func TestCommitHookRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("hooks are shell scripts")
	}
	dir := checkout(t)
	hook := filepath.Join(dir, ".git", "hooks", "pre-commit")
	write(t, hook, "#!/bin/sh\necho not on a Friday >&2\nexit 1\n")
	if err := os.Chmod(hook, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "go.dev.mod")
	write(t, path, "layer\n")
	err := Commit([]string{path}, "pin")
	if err == nil || err.Error() != "git commit: not on a Friday" {
		t.Errorf("got %v", err)
	}
	if got := runGit(t, dir, "status", "--porcelain"); got != "?? go.dev.mod\n" {
		t.Errorf("got %q: the index must be as it was", got)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, want string
		prepare    func(dir string)
	}{
		{"clean", "", func(string) {}},
		{"changed", "go.mod has changes that are not committed", func(dir string) { write(t, filepath.Join(dir, "go.mod"), "two\n") }},
		{"staged", "go.mod has changes that are not committed", func(dir string) {
			write(t, filepath.Join(dir, "go.mod"), "two\n")
			runGit(t, dir, "add", "go.mod")
		}},
		{"untracked", "go.sum is not under git's control yet", func(dir string) { write(t, filepath.Join(dir, "go.sum"), "") }},
		{"ignored", "go.sum is ignored by git", func(dir string) { write(t, filepath.Join(dir, ".gitignore"), "*.sum\n") }},
		{"others", "", func(dir string) { write(t, filepath.Join(dir, "main.go"), "two\n") }},
		{"merge", "git is in the middle of a merge", func(dir string) {
			write(t, filepath.Join(dir, ".git", "MERGE_HEAD"), runGit(t, dir, "rev-parse", "HEAD"))
		}},
		{"no checkout", "is not in a git checkout", func(dir string) { os.RemoveAll(filepath.Join(dir, ".git")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := checkout(t)
			tt.prepare(dir)
			err := Check([]string{filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
