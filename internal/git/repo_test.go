package git

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// released makes a history with tags of each sort, some of them at HEAD.
func released(c *checkout) *checkout {
	c.commit(3)
	c.tag("v0.1")
	c.tag("-a", "-m", "old", "v0.2")
	c.commit(4)
	c.tag("light")
	c.tag("-a", "-m", "first\n\nwords", "v1.0.0")
	c.tag("-a", "-m", "nested", "nested", "v1.0.0")
	c.tag("-a", "-m", "deeper", "deep/er/still", "nested")
	c.tag("größe")
	c.tag("tree", "HEAD^{tree}")
	c.tag("-a", "-m", "a tree", "annotated-tree", "HEAD^{tree}")
	return c
}

var stateTests = []struct {
	name  string
	init  []string
	build func(c *checkout) *checkout // returns the checkout to look at
}{
	{"one commit", nil, func(c *checkout) *checkout { c.commit(1); return c }},
	{"loose", nil, released},
	{"branch ahead of tags", nil, func(c *checkout) *checkout { released(c).commit(2); return c }},
	{"nested branch", nil, func(c *checkout) *checkout {
		released(c).git("checkout", "-q", "-b", "release/1.2")
		return c
	}},
	{"branch not in ASCII", nil, func(c *checkout) *checkout {
		released(c).git("checkout", "-q", "-b", "größe/ключ/枝")
		return c
	}},
	{"detached", nil, func(c *checkout) *checkout { released(c).git("checkout", "-q", "--detach"); return c }},
	{"detached at a tag", nil, func(c *checkout) *checkout { released(c).git("checkout", "-q", "v0.2"); return c }},
	{"packed refs", nil, func(c *checkout) *checkout { released(c).git("pack-refs", "--all"); return c }},
	{"packed objects, loose refs", nil, func(c *checkout) *checkout { released(c).git("repack", "-q", "-adf"); return c }},
	{"gc", nil, func(c *checkout) *checkout { released(c).git("gc", "-q"); return c }},
	{"long chains of deltas", nil, func(c *checkout) *checkout {
		c.commit(60)
		released(c).git("repack", "-q", "-adf", "--window=80", "--depth=50")
		return c
	}},
	{"deltas by name", nil, func(c *checkout) *checkout {
		released(c).git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adf", "--depth=50")
		return c
	}},
	{"index version 1", nil, func(c *checkout) *checkout {
		released(c).git("-c", "pack.indexVersion=1", "repack", "-q", "-adf")
		return c
	}},
	{"index with 8-byte offsets", nil, func(c *checkout) *checkout {
		released(c).git("repack", "-q", "-adf")
		os.Remove(c.path(c.glob(".git/objects/pack/*.idx")))
		c.git("index-pack", "--index-version=2,0x40", c.glob(".git/objects/pack/*.pack"))
		return c
	}},
	{"many packs", nil, func(c *checkout) *checkout {
		for range 4 {
			c.commit(2)
			c.git("repack", "-q")
		}
		released(c).git("repack", "-q")
		c.commit(1)
		return c
	}},
	{"loose tag over packed tag", nil, func(c *checkout) *checkout {
		released(c).git("pack-refs", "--all")
		c.tag("-f", "v0.1", "HEAD")
		c.tag("-f", "light", "HEAD~1")
		return c
	}},
	{"packed refs without traits", nil, func(c *checkout) *checkout {
		released(c).git("pack-refs", "--all")
		var kept []string
		for line := range strings.Lines(c.read(".git/packed-refs")) {
			if line[0] != '#' && line[0] != '^' {
				kept = append(kept, line)
			}
		}
		slices.Reverse(kept) // nor sorted
		c.write(".git/packed-refs", strings.Join(kept, ""))
		return c
	}},
	{"tags that are no refs", nil, func(c *checkout) *checkout {
		released(c)
		c.write(".git/refs/tags/v9.lock", "")
		c.write(".git/refs/tags/.DS_Store", "\x00")
		c.write(".git/refs/tags/empty/.keep", "")
		os.Remove(c.path(".git/refs/tags/empty/.keep"))
		return c
	}},
	{"symbolic tag and branch", nil, func(c *checkout) *checkout {
		released(c).git("symbolic-ref", "refs/tags/sym", "refs/heads/main")
		c.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
		c.git("symbolic-ref", "HEAD", "refs/heads/alias")
		return c
	}},
	{"worktree", nil, func(c *checkout) *checkout {
		released(c).git("worktree", "add", "-q", "-b", "side", "../linked", "v0.2")
		return c.at(c.path("../linked"))
	}},
	{"worktree, detached and packed", nil, func(c *checkout) *checkout {
		released(c).git("gc", "-q")
		c.git("worktree", "add", "-q", "--detach", "../linked", "main")
		return c.at(c.path("../linked"))
	}},
	{"submodule", nil, func(c *checkout) *checkout {
		released(c)
		over := newCheckout(c.t)
		over.git("submodule", "--quiet", "add", "-b", "main", c.dir, "third party/sub")
		return over.at(over.path("third party/sub"))
	}},
	{"sha256", []string{"--object-format=sha256"}, released},
	{"sha256 gc", []string{"--object-format=sha256"}, func(c *checkout) *checkout {
		c.commit(30)
		released(c).git("gc", "-q")
		c.commit(1)
		return c
	}},
	{"shared clone", nil, func(c *checkout) *checkout {
		released(c).git("clone", "-q", "-s", ".", "../clone")
		return c.at(c.path("../clone"))
	}},
	{"clone of a clone with reference", nil, func(c *checkout) *checkout {
		released(c).git("clone", "-q", "-s", ".", "../one")
		c.commit(1)
		c.git("gc", "-q")
		c.git("clone", "-q", "--reference", "../one", "file://"+filepath.ToSlash(c.dir), "../two")
		return c.at(c.path("../two"))
	}},
	{"relative and quoted alternates", nil, func(c *checkout) *checkout {
		released(c).git("clone", "-q", "-s", ".", "../clone")
		clone := c.at(c.path("../clone"))
		clone.write(".git/objects/info/alternates", "# comment\n/nowhere\n\"../../../r\\145po/.git/objects\"\n")
		return clone
	}},
}

func TestFacts(t *testing.T) {
	for _, test := range stateTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := test.build(newCheckout(t, test.init...))
			got, err := c.facts()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.gitFacts(), got); diff != "" {
				t.Errorf("facts (-git +got):\n%s", diff)
			}
		})
	}
}

func TestHeadAsLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	c := released(newCheckout(t))
	os.Remove(c.path(".git/HEAD"))
	if err := os.Symlink("refs/heads/main", c.path(".git/HEAD")); err != nil {
		t.Fatal(err)
	}
	got, err := c.facts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.gitFacts(), got); diff != "" {
		t.Errorf("facts (-git +got):\n%s", diff)
	}
}

func TestUnborn(t *testing.T) {
	c := newCheckout(t, "-b", "topic/new")
	r := c.open()
	if got, err := r.Branch(); got != "topic/new" || err != nil {
		t.Errorf("Branch() = %q, %v", got, err)
	}
	calls := map[string]func() error{
		"Commit":     func() error { _, err := r.Commit(); return err },
		"CommitTime": func() error { _, err := r.CommitTime(); return err },
		"Tags":       func() error { _, err := r.Tags(); return err },
		"Describe":   func() error { _, err := r.Describe(); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ErrNoCommit) {
			t.Errorf("%s() on an unborn branch: %v, want ErrNoCommit", name, err)
		}
	}
}

func TestMissingTagObject(t *testing.T) {
	c := released(newCheckout(t))
	want := c.gitFacts().Tags
	c.write(".git/refs/tags/dangling", strings.Repeat("1", 40)+"\n")
	got, err := c.open().Tags()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Tags: %v (-want +got):\n%s", err, diff)
	}
}

func TestGitFile(t *testing.T) {
	for _, ending := range []string{"", "\n", "\r\n"} {
		c := newCheckout(t)
		c.commit(1)
		moved := c.at(c.path("../moved"))
		moved.write(".git", "gitdir: ../repo/.git"+ending)
		if got, err := moved.open().Branch(); got != "main" || err != nil {
			t.Errorf("ending %q: Branch() = %q, %v", ending, got, err)
		}
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"a/.git", "a/b/c", "a/sub/d", "none/e"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "a/sub/.git"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ dir, want string }{
		{"a", "a"}, {"a/b/c", "a"}, {"a/b/absent", "a"}, {"a/sub", "a/sub"}, {"a/sub/d", "a/sub"},
	}
	for _, test := range tests {
		want := filepath.Join(root, test.want)
		if got := Find(filepath.Join(root, test.dir)); got != want {
			t.Errorf("Find(%q) = %q, want %q", test.dir, got, want)
		}
	}
	// The folder of temporary files might be in a checkout itself.
	if got := Find(filepath.Join(root, "none/e")); got != Find(root) {
		t.Errorf("Find below a folder without .git = %q", got)
	}
	t.Chdir(filepath.Join(root, "a", "b"))
	if got := Find("."); !strings.HasSuffix(got, "a") || !filepath.IsAbs(got) {
		t.Errorf("Find(\".\") = %q", got)
	}
}
