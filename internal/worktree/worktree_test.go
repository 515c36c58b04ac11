package worktree

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// checkout makes a repository with a commit of the files, and opens it.
func checkout(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "none"))
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	run(t, dir, "init", "--quiet", "--initial-branch=main")
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	run(t, dir, "add", "--all", "--force")
	run(t, dir, "-c", "user.name=Gopher", "-c", "user.email=gopher@example.com", "commit", "--quiet", "-m", "first")
	tree, err := Open(t.Context(), dir, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	return tree
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

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// TestNames has names that git takes for patterns, for something special, or
// quotes.
func TestNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file can have such a name")
	}
	names := []string{"a b", "a\nb", "a\tb", `a"b`, "ü", "a*", "[a]", ":(top)x", "-n", "\xff", "dir/x y"}
	files := make(map[string]string)
	for _, name := range names {
		files[name] = "one\n"
	}
	tree := checkout(t, files)
	for _, name := range names {
		write(t, tree.Path(name), "three\n")
	}
	write(t, tree.Path(":new\n"), "")
	changes, err := tree.Changes()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, c := range changes {
		got[c.Path] = string(c.Kind)
	}
	want := map[string]string{":new\n": "untracked"}
	for _, name := range names {
		want[name] = "modified"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, name := range names {
		entries, err := tree.Index(name)
		if err != nil || len(entries) != 1 || entries[0].Path != name || len(entries[0].Hash) != 40 {
			t.Errorf("Index(%q) = %v, %v", name, entries, err)
		}
		if data, ok, err := tree.Committed(name); string(data) != "one\n" || !ok || err != nil {
			t.Errorf("Committed(%q) = %q, %v, %v", name, data, ok, err)
		}
		if commit, err := tree.LastCommit(name); len(commit) != 12 || err != nil {
			t.Errorf("LastCommit(%q) = %q, %v", name, commit, err)
		}
	}
	write(t, tree.Path(".gitignore"), "# all but one\n*\n!/-n\n")
	write(t, tree.Path(".gitattributes"), "* text eol=lf -ident filter=x\n")
	rules, err := tree.Ignored(names)
	if err != nil {
		t.Fatal(err)
	}
	attributes, err := tree.Attributes(names, "text", "eol", "ident", "filter", "crlf")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		rule, ok := rules[name]
		if ok != (name != "-n") || ok && rule != (Rule{".gitignore", 2, "*"}) {
			t.Errorf("Ignored(%q): got %v, %v", name, rule, ok)
		}
		if diff := cmp.Diff([]string{"text", "eol=lf", "-ident", "filter=x"}, attributes[name]); diff != "" {
			t.Errorf("Attributes(%q): %s", name, diff)
		}
	}
}

// TestNoCommit asks a repository that has none.
func TestNoCommit(t *testing.T) {
	tree := checkout(t, map[string]string{"a": ""})
	run(t, tree.Root, "checkout", "--quiet", "--orphan", "other")
	if _, ok, err := tree.Committed("a"); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
	changes, err := tree.Changes()
	if err != nil || len(changes) != 1 || changes[0].Kind != Staged {
		t.Errorf("got %v, %v", changes, err)
	}
}

// TestElsewhere opens a repository whose settings name another work tree.
func TestElsewhere(t *testing.T) {
	tree := checkout(t, map[string]string{"a": ""})
	other := t.TempDir()
	run(t, tree.Root, "config", "core.worktree", other)
	if _, err := Open(t.Context(), tree.Root, os.Environ()); err == nil || !strings.Contains(err.Error(), "is elsewhere") {
		t.Errorf("got %v", err)
	}
}

// TestBackdated edits a file to the same size and gives it back its time, in a
// repository that asks git not to look closely. The time of its last change stays,
// which git knows to the second.
func TestBackdated(t *testing.T) {
	tree := checkout(t, map[string]string{"a": "one\n"})
	run(t, tree.Root, "config", "core.checkStat", "minimal")
	run(t, tree.Root, "config", "core.trustctime", "false")
	path := tree.Path("a")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	old := info.ModTime().Add(-1e11)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	run(t, tree.Root, "update-index", "--refresh")
	time.Sleep(1100 * time.Millisecond)
	write(t, path, "two\n")
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	changes, err := tree.Changes()
	if runtime.GOOS != "windows" && (err != nil || len(changes) != 1) {
		t.Errorf("got %v, %v", changes, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("100644 blob 1234\ta\x00"))
	f.Add([]byte("H 100644 1234 0\ta\x00s 160000 1 2\tb c\x00"))
	f.Add([]byte(".gitignore\x003\x00*.exe\x00a.exe\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseTree(data)
		parseIndex(data)
		parseIgnored(data)
		parseAttributes(data)
	})
}

// TestPartial asks a clone for a file that it was made without.
func TestPartial(t *testing.T) {
	from := checkout(t, map[string]string{"a": "a\n"})
	run(t, from.Root, "config", "uploadpack.allowFilter", "true")
	dir := filepath.Join(t.TempDir(), "clone")
	run(t, from.Root, "clone", "--quiet", "--no-checkout", "--filter=blob:none", "file://"+filepath.ToSlash(from.Root), dir)
	tree, err := Open(t.Context(), dir, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tree.Committed("a"); err == nil || !strings.Contains(err.Error(), "the clone is partial") {
		t.Errorf("got %v", err)
	}
}

// TestBehindLink asks about files whose directory a link has taken the place of.
func TestBehindLink(t *testing.T) {
	tree := checkout(t, map[string]string{".gitignore": "b\n", "x/y/a": "", "z/y/b": "", "b": ""})
	if err := os.RemoveAll(tree.Path("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("z", tree.Path("x")); err != nil {
		t.Skip(err)
	}
	got, err := tree.Ignored([]string{"x/y/a", "x/y/b", "x", "z/y/b", "b"})
	rule := Rule{".gitignore", 1, "b"}
	if diff := cmp.Diff(map[string]Rule{"z/y/b": rule, "b": rule}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
