package git

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

func (c *checkout) compareDescribe() {
	c.t.Helper()
	want := c.git("describe", "--tags", "--always", "--abbrev=12")
	got, err := c.open().Describe()
	if got != want || err != nil {
		c.t.Errorf("Describe() = %q, %v; git says %q\n%s", got, err, want,
			c.git("log", "--graph", "--all", "--format=%h %ct %d"))
	}
}

func TestDescribe(t *testing.T) {
	tests := []struct {
		name  string
		build func(c *checkout)
	}{
		{"no tag", func(c *checkout) { c.commit(5) }},
		{"no tag in reach", func(c *checkout) {
			c.commit(3)
			c.tag("later")
			c.git("checkout", "-q", "HEAD~1")
		}},
		{"lightweight then annotated", func(c *checkout) { c.commit(1); c.tag("a"); c.tag("-am", "x", "z"); c.commit(1) }},
		{"annotated then lightweight", func(c *checkout) { c.commit(1); c.tag("-am", "x", "a"); c.tag("z") }},
		{"later tagger", func(c *checkout) { c.commit(1); c.tag("-am", "x", "b"); c.tag("-am", "x", "a"); c.commit(1) }},
		{"earlier tagger", func(c *checkout) { c.commit(1); c.tag("-am", "x", "a"); c.tag("-am", "x", "b") }},
		{"same tagger date", func(c *checkout) {
			c.commit(1)
			c.git("tag", "-am", "x", "b")
			c.git("tag", "-am", "x", "a/a")
			c.git("tag", "-am", "x", "a-a")
		}},
		{"lightweight nearer than annotated", func(c *checkout) {
			c.commit(1)
			c.tag("-am", "x", "v1")
			c.commit(2)
			c.tag("near")
			c.commit(3)
		}},
		{"nested tag", func(c *checkout) { c.commit(1); c.tag("-am", "x", "a"); c.tag("-am", "y", "b", "a"); c.commit(2) }},
		{"tag under another name", func(c *checkout) {
			c.commit(1)
			c.tag("-am", "x", "orig")
			c.git("update-ref", "refs/tags/copy", "refs/tags/orig")
			c.git("update-ref", "-d", "refs/tags/orig")
		}},
		{"tag under another name, ahead", func(c *checkout) {
			c.commit(1)
			c.tag("-am", "x", "orig")
			c.git("update-ref", "refs/tags/copy", "refs/tags/orig")
			c.git("update-ref", "-d", "refs/tags/orig")
			c.commit(1)
		}},
		{"more tags than compete", func(c *checkout) {
			for i := range 14 {
				c.commit(1)
				c.tag(fmt.Sprintf("v%d", i))
			}
			c.commit(1)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			test.build(c)
			c.compareDescribe()
			c.git("gc", "-q")
			c.compareDescribe()
		})
	}
}

// history makes a graph of n commits in about as many lines as width, with
// merges of up to three parents and at the end one of all lines, dates that
// collide and now and then run backwards, and a number of tags.
func history(c *checkout, rnd *rand.Rand, n, width, tags int) {
	var b strings.Builder
	for i := range n {
		c.clock += rnd.Int64N(3) - int64(rnd.IntN(8)/7*3)
		fmt.Fprintf(&b, "commit refs/heads/main\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata 2\nx\n", i+1, c.clock)
		if i == 0 {
			b.WriteString("\n")
			continue
		}
		fmt.Fprintf(&b, "from :%d\n", max(1, i-rnd.IntN(width)))
		for range rnd.IntN(1 + rnd.IntN(3)) {
			fmt.Fprintf(&b, "merge :%d\n", max(1, i-rnd.IntN(8)))
		}
		for m := max(1, i-width); i == n-1 && m < i; m++ {
			fmt.Fprintf(&b, "merge :%d\n", m)
		}
		b.WriteString("\n")
	}
	for i := range tags {
		name, at := fmt.Sprintf("t%d", rnd.IntN(100)*100+i), 1+rnd.IntN(n*4/5)
		if rnd.IntN(2) == 0 {
			fmt.Fprintf(&b, "reset refs/tags/%s\nfrom :%d\n\n", name, at)
		} else {
			fmt.Fprintf(&b, "tag %s\nfrom :%d\ntagger C <c@example.com> %d +0000\ndata 2\nx\n", name, at, c.clock+rnd.Int64N(5))
		}
	}
	c.fastImport(b.String())
}

// TestDescribeRandom compares with git on histories with merges.
func TestDescribeRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("starts git hundreds of times")
	}
	var major, minor int
	if fmt.Sscanf(newCheckout(t).git("version"), "git version %d.%d", &major, &minor); major > 2 || minor >= 48 {
		t.Skip("git 2.48 and later has another rule for merges: see Describe")
	}
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 1))
			c := newCheckout(t)
			width := 1 + rnd.IntN(12)
			history(c, rnd, 10+rnd.IntN(100), width, 1+rnd.IntN(width*4))
			c.compareDescribe()
			for _, id := range strings.Fields(c.git("rev-list", "-n", "12", "main")) {
				c.write(".git/HEAD", id+"\n")
				c.compareDescribe()
			}
		})
	}
}

func TestDescribeTooDeep(t *testing.T) {
	tests := []struct {
		name  string
		build func(c *checkout) *checkout
	}{
		{"shallow", func(c *checkout) *checkout {
			c.git("clone", "-q", "--depth=1", "file://"+filepath.ToSlash(c.dir), "../shallow")
			return c.at(c.path("../shallow"))
		}},
		{"replaced", func(c *checkout) *checkout { c.git("replace", "HEAD", "HEAD~1"); return c }},
		{"replaced and packed", func(c *checkout) *checkout {
			c.git("replace", "HEAD", "HEAD~1")
			c.git("pack-refs", "--all")
			return c
		}},
		{"grafted", func(c *checkout) *checkout { c.write(".git/info/grafts", c.git("rev-parse", "HEAD")+"\n"); return c }},
		{"long", func(c *checkout) *checkout {
			tip := importHistory(c, maxWalk+1)
			c.git("update-ref", "refs/heads/main", tip)
			return c
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			c.commit(2)
			c.tag("v1", "HEAD~1")
			c = test.build(c)
			if got, err := c.open().Describe(); !errors.Is(err, ErrTooDeep) {
				t.Fatalf("Describe() = %q, %v, want ErrTooDeep", got, err)
			}
			c.tag("here")
			if got, err := c.open().Describe(); got != "here" || err != nil {
				t.Errorf("Describe() at a tag = %q, %v", got, err)
			}
		})
	}
}

// importHistory makes n commits in a line in a pack and returns the last.
func importHistory(c *checkout, n int) string {
	c.t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "commit refs/heads/import\ncommitter C <c@example.com> %d +0000\ndata 2\nx\n\n", c.clock+int64(i))
	}
	c.fastImport(b.String())
	return c.git("rev-parse", "import")
}
