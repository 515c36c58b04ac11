package worktree

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/filestate"
)

// TestChanges has files that differ from the last commit in ways that git's index
// or its settings hide, or make up.
func TestChanges(t *testing.T) {
	large := "large\n"
	pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(large)), len(large))
	tests := []struct {
		name    string
		prepare func(t *testing.T, tree *Tree)
		want    string // "kind why" of the file a
	}{
		{"same", func(*testing.T, *Tree) {}, ""},
		{"touched", func(t *testing.T, tree *Tree) { write(t, tree.Path("a"), "one\n$Id$\n") }, ""},
		{"same size, time set back", func(t *testing.T, tree *Tree) {
			info, err := os.Stat(tree.Path("a"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, tree.Path("a"), "two\n$Id$\n")
			os.Chtimes(tree.Path("a"), info.ModTime(), info.ModTime())
		}, "modified"},
		{"staged as the commit has it", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), "two\n$Id$\n")
			run(t, tree.Root, "config", "filter.x.clean", "git show HEAD:a")
			write(t, tree.Path(".git/info/attributes"), "a filter=x\n")
			run(t, tree.Root, "add", "a")
			os.Remove(tree.Path(".git/info/attributes"))
		}, "modified"},
		{"a filter", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), "two\n$Id$\n")
			run(t, tree.Root, "config", "filter.x.clean", "git show HEAD:a")
			write(t, tree.Path(".git/info/attributes"), "a filter=x\n")
		}, "modified x"},
		{"staged", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), "two\n")
			run(t, tree.Root, "add", "a")
		}, "staged"},
		{"staged, and put back", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), "two\n")
			run(t, tree.Root, "add", "a")
			write(t, tree.Path("a"), "one\n$Id$\n")
		}, "staged"},
		{"removed from the index", func(t *testing.T, tree *Tree) { run(t, tree.Root, "rm", "--quiet", "--cached", "a") }, "staged"},
		{"line endings that git converts", func(t *testing.T, tree *Tree) {
			write(t, tree.Path(".git/info/attributes"), "a text\n")
			write(t, tree.Path("a"), "one\r\n$Id$\r\n")
		}, "converted line endings"},
		{"line endings that git keeps", func(t *testing.T, tree *Tree) { write(t, tree.Path("a"), "one\r\n$Id$\r\n") }, "modified"},
		{"autocrlf", func(t *testing.T, tree *Tree) {
			run(t, tree.Root, "config", "core.autocrlf", "true")
			write(t, tree.Path("a"), "one\r\n$Id$\r\n")
		}, "converted line endings"},
		{"ident", func(t *testing.T, tree *Tree) {
			write(t, tree.Path(".git/info/attributes"), "a ident\n")
			os.Remove(tree.Path("a"))
			run(t, tree.Root, "checkout", "--quiet", "a")
		}, "converted the attribute ident"},
		{"ident that hides something", func(t *testing.T, tree *Tree) {
			write(t, tree.Path(".git/info/attributes"), "a ident\n")
			write(t, tree.Path("a"), "one\n$Id: \"+evil()+\" $\n")
		}, "encoded"},
		{"encoding", func(t *testing.T, tree *Tree) {
			write(t, tree.Path(".git/info/attributes"), "a working-tree-encoding=UTF-16LE\n")
			write(t, tree.Path("a"), "o\x00n\x00e\x00\n\x00$\x00I\x00d\x00$\x00\n\x00")
		}, "encoded"},
		{"git-lfs", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), pointer)
			run(t, tree.Root, "add", "a")
			run(t, tree.Root, "-c", "user.name=Gopher", "-c", "user.email=gopher@example.com", "commit", "--quiet", "-m", "large")
			write(t, tree.Path(".git/info/attributes"), "a filter=lfs\n")
			write(t, tree.Path("a"), large)
		}, "converted git-lfs"},
		{"git-lfs, other content", func(t *testing.T, tree *Tree) {
			write(t, tree.Path("a"), pointer)
			run(t, tree.Root, "add", "a")
			run(t, tree.Root, "-c", "user.name=Gopher", "-c", "user.email=gopher@example.com", "commit", "--quiet", "-m", "large")
			write(t, tree.Path(".git/info/attributes"), "a filter=lfs\n")
			write(t, tree.Path("a"), "LARGE\n")
		}, "modified lfs"},
		{"a directory", func(t *testing.T, tree *Tree) {
			os.Remove(tree.Path("a"))
			os.Mkdir(tree.Path("a"), 0o777)
		}, "modified"},
		{"a link", func(t *testing.T, tree *Tree) {
			os.Rename(tree.Path("a"), tree.Path("d/b"))
			if os.Symlink("d/b", tree.Path("a")) != nil {
				t.Skip("no links")
			}
		}, "modified"},
		{"missing", func(t *testing.T, tree *Tree) { os.Remove(tree.Path("a")) }, "deleted"},
		{"executable", func(t *testing.T, tree *Tree) {
			if runtime.GOOS == "windows" {
				t.Skip("no bit for it")
			}
			os.Chmod(tree.Path("a"), 0o777)
		}, "modified"},
		{"executable, and git told not to look", func(t *testing.T, tree *Tree) {
			run(t, tree.Root, "config", "core.fileMode", "false")
			os.Chmod(tree.Path("a"), 0o777)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := checkout(t, map[string]string{"a": "one\n$Id$\n", "d/c": ""})
			tt.prepare(t, tree)
			tree, err := Open(t.Context(), tree.Root, os.Environ())
			if err != nil {
				t.Fatal(err)
			}
			changes, err := tree.Changes("a")
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, c := range changes {
				got = strings.TrimSpace(string(c.Kind) + " " + c.Why)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBehindDirectoryLink has the same files, in a directory that a link leads to.
func TestBehindDirectoryLink(t *testing.T) {
	tree := checkout(t, map[string]string{"d/e/a": "a\n", "b": "b\n"})
	if err := os.Rename(tree.Path("d"), tree.Path("other")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("other", tree.Path("d")); err != nil {
		t.Skip(err)
	}
	changes, err := tree.Changes()
	want := []Change{{Path: "d", Kind: Untracked}, {Path: "d/e/a", Kind: Deleted}, {Path: "other/e/a", Kind: Untracked}}
	if diff := cmp.Diff(want, changes); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestInputs wants every change that Changes finds to change its inputs.
func TestInputs(t *testing.T) {
	tree := checkout(t, map[string]string{"d/a": "a\n", "b": "b\n", ".gitignore": "*.log\n"})
	inputs, err := tree.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	state, _ := filestate.Of(inputs, time.Now())
	steps := []struct {
		name string
		do   func()
	}{
		{"file below", func() { write(t, tree.Path("d/a"), "c\n") }},
		{"new file", func() { write(t, tree.Path("d/new"), "") }},
		{"new at root", func() { write(t, tree.Path("new"), "") }},
		{"exclude", func() { write(t, tree.Path(".git/info/exclude"), "x\n") }},
		{"staged", func() { run(t, tree.Root, "add", ".") }},
		{"other commit", func() {
			run(t, tree.Root, "-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", "2")
		}},
		{"setting", func() { run(t, tree.Root, "config", "core.autocrlf", "true") }},
	}
	for _, step := range steps {
		step.do()
		now, _ := filestate.Of(inputs, time.Now())
		if now == state {
			t.Errorf("%s: not seen", step.name)
		}
		state = now
	}
}

// BenchmarkChanges looks at 15,000 files that no index tells anything of.
func BenchmarkChanges(b *testing.B) {
	if _, err := exec.LookPath("git"); err != nil {
		b.Skip("no git")
	}
	dir := b.TempDir()
	for i := range 15000 {
		name := filepath.Join(dir, fmt.Sprint(i%100), fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.Repeat(name, 100)), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", "1"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s", out)
		}
	}
	tree, err := Open(b.Context(), dir, os.Environ())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if changes, err := tree.Changes(); len(changes) > 0 || err != nil {
			b.Fatal(changes, err)
		}
	}
}
