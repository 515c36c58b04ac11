package gocmd

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParse checks that no word is lost or counted twice, and that edits leave
// all other words alone. Words are separated by newlines.
func FuzzParse(f *testing.F) {
	for _, tt := range parseTests {
		f.Add(strings.ReplaceAll(tt.args, " ", "\n"), 0)
	}
	f.Add("build\n\n-tags\n", 1)
	f.Fuzz(func(t *testing.T, line string, n int) {
		args := strings.Split(line, "\n")
		orig := slices.Clone(args)
		c := Parse(args)
		if got := c.Join(); !slices.Equal(got, orig) {
			t.Fatalf("Join = %q, want %q", got, orig)
		}
		checkPositions(t, c)

		want := orig
		if c.Spec != nil {
			want = slices.Insert(slices.Clone(orig), c.insert, "-x", "-y=z")
		}
		if got := c.Insert("-x", "-y=z").Join(); !slices.Equal(got, want) {
			t.Fatalf("Insert = %q, want %q", got, want)
		}
		if len(c.Flags) > 0 {
			i := int(uint(n) % uint(len(c.Flags)))
			fl := c.Flags[i]
			want = slices.Concat(orig[:fl.Index], []string{"-new=1"}, orig[fl.Index+fl.Width:])
			if got := c.Replace(i, "-new=1").Join(); !slices.Equal(got, want) {
				t.Fatalf("Replace = %q, want %q", got, want)
			}
			want = slices.Delete(want, fl.Index, fl.Index+1)
			if got := c.Delete(i).Join(); !slices.Equal(got, want) {
				t.Fatalf("Delete = %q, want %q", got, want)
			}
		}
		if !slices.Equal(args, orig) {
			t.Fatalf("the input was changed to %q", args)
		}
	})
}

// checkPositions checks that flags, arguments and the words in front of them
// make up the argument list, with at most "--" and -args in between.
func checkPositions(t *testing.T, c *Command) {
	t.Helper()
	next, words := c.insert, c.insert
	for _, f := range c.Flags {
		if f.Index < next {
			t.Fatalf("flag -%s at %d overlaps the word before %d in %q", f.Name, f.Index, next, c.argv)
		}
		first := strings.TrimLeft(c.argv[f.Index], "-")
		if name, _, _ := strings.Cut(first, "="); name != f.Name {
			t.Fatalf("flag -%s is %q", f.Name, c.argv[f.Index])
		}
		next = f.Index + f.Width
		words += f.Width
	}
	words += len(c.Args) + len(c.ProgArgs)
	if words != len(c.argv) && words != len(c.argv)-1 {
		t.Fatalf("%d words of %d in %q", words, len(c.argv), c.argv)
	}
}

// FuzzGOFLAGS checks that what was split can be joined and split again.
func FuzzGOFLAGS(f *testing.F) {
	for _, tt := range quotedTests {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words, err := SplitQuoted(s)
		if err != nil {
			return
		}
		joined, err := JoinQuoted(words)
		if err != nil {
			// Such words come only from quotes inside of words: -X='a"b'.
			if !slices.ContainsFunc(words, func(w string) bool {
				return strings.Contains(w, "'") && strings.Contains(w, `"`)
			}) {
				t.Fatalf("JoinQuoted(%q): %v", words, err)
			}
			return
		}
		again, err := SplitQuoted(joined)
		if err != nil || !slices.Equal(again, words) {
			t.Fatalf("%q was split into %q, joined to %q, split into %q, %v", s, words, joined, again, err)
		}
		if _, err := SplitGOFLAGS(s); err == nil {
			for _, word := range words {
				CheckGOFLAGS(word) // must not panic
			}
		}
	})
}
