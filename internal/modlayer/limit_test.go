package modlayer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goshim/goshim/internal/diag"
)

// repeated returns n lines that are made of their numbers, behind a head.
func repeated(head, format string, n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestLayerSize(t *testing.T) {
	const require, drop = "require example.com/m%06d v1.0.0\n", "//goshim:drop replace example.com/m%06d\n"
	for _, tt := range []struct {
		name, text string
		line       int // of the error, or 0
	}{
		{"requires", repeated("", require, maxLayer), 0},
		{"too many requires", repeated("", require, 30_000), maxLayer + 1},
		{"drops", repeated("", drop, maxLayer), 0},
		{"too many drops", repeated("", drop, 30_000), maxLayer + 1},
		{"both", repeated(repeated("", require, maxLayer-5), drop, 6), maxLayer + 1},
		{"comments", repeated("", "// %d\n", 30_000), 0},
		{"a whole modfile", repeated("module example.com/app\n\ngo 1.26\n\n", require, 30_000), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := (&File{Name: "go.dev.mod", Data: []byte(tt.text)}).parse()
			if tt.line == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := diag.Error{
				Pos:  diag.Pos{File: "go.dev.mod", Line: tt.line, Col: 1},
				Msg:  "the layer has more than 10000 lines and drop directives",
				Hint: "a modfile with a module line has no such bound: it takes go.mod's place",
			}
			if fault := (*diag.Error)(nil); !errors.As(err, &fault) || *fault != want {
				t.Errorf("got %v, want %v", err, &want)
			}
		})
	}
}

// BenchmarkLargest parses, merges and writes back the largest layer. It is to stay
// below two seconds.
func BenchmarkLargest(b *testing.B) {
	const n = maxLayer/4 - 1
	mod := repeated("module example.com/app\n\ngo 1.26\n\n", "require example.com/m%06d v1.0.0\n", n)
	layer := repeated("", "//goshim:drop require example.com/m%06d\n", n)
	layer = repeated(layer, "require example.com/n%06d v1.0.0\n", n)
	layer = repeated(layer, "replace example.com/n%06[1]d => example.com/fork v1.%[1]d.0\n", n)
	layer = repeated(layer, "exclude example.com/n%06d v1.1.0\n", n)
	for b.Loop() {
		s := &Stack{Root: b.TempDir(), Files: []*File{{Name: "go.mod", Data: []byte(mod)}, {Name: "go.dev.mod", Data: []byte(layer)}}}
		for _, f := range s.Files {
			if err := f.parse(); err != nil {
				b.Fatal(err)
			}
		}
		m, err := s.Merge()
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.WriteBack(append(m.Mod, "\nrequire example.com/x v1.0.0\n"...), nil, Exact); err != nil {
			b.Fatal(err)
		}
	}
}
