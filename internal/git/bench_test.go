package git

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkBranchCommit(b *testing.B) {
	run := func(name string, c *checkout) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r, err := Open(c.dir)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Branch(); err != nil {
					b.Fatal(err)
				}
				if _, err := r.Commit(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	c := newCheckout(b)
	manyTags(c, 5000)
	run("loose", c)
	c.git("pack-refs", "--all")
	run("packed", c)
}

func BenchmarkTags(b *testing.B) {
	run := func(name string, c *checkout) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				got, err := c.open().Tags()
				if len(got) != 1 || err != nil {
					b.Fatal(got, err)
				}
			}
		})
	}
	few := newCheckout(b)
	released(few).commit(1)
	few.tag("here")
	run("9 loose", few)

	c := newCheckout(b)
	manyTags(c, 5000)
	c.git("gc", "-q")
	run("5000 packed", c)
	for line := range strings.Lines(c.read(".git/packed-refs")) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(name, tagPrefix) {
			c.write(".git/"+name, id+"\n")
		}
	}
	run("5000 loose, objects packed", c)
	c.write("pack", c.read(c.glob(".git/objects/pack/*.pack")))
	c.write(c.glob(".git/objects/pack/*.idx"), "")
	c.git("-c", "alias.x=!rm -rf .git/objects/pack/*; git unpack-objects -q <pack", "x")
	run("5000 loose, objects loose", c)
}

func BenchmarkDescribe(b *testing.B) {
	c := newCheckout(b)
	tip := importHistory(c, maxWalk-1)
	c.git("update-ref", "refs/heads/main", tip)
	c.tag("old", "HEAD~9000")
	for b.Loop() {
		if _, err := c.open().Describe(); err != nil {
			b.Fatal(err)
		}
	}
}

// manyTags makes n commits, each with an annotated or a lightweight tag.
func manyTags(c *checkout, n int) {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 2\nx\n\n", c.clock+int64(i))
		if i%2 == 0 {
			fmt.Fprintf(&s, "tag a%d\nfrom refs/heads/main\ntagger C <c@example.com> %d +0000\ndata 2\nx\n", i, c.clock)
		} else {
			fmt.Fprintf(&s, "reset refs/tags/l%d\nfrom refs/heads/main\n\n", i)
		}
	}
	c.fastImport(s.String())
}
