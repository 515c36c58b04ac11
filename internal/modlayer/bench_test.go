package modlayer

import (
	"fmt"
	"strings"
	"testing"
)

// bigStack returns a go.mod of 500 requirements and 2,000 sums with a layer
// of 20 lines over it.
func bigStack(b *testing.B) *Stack {
	b.Helper()
	var mod, sum, layer strings.Builder
	mod.WriteString("module example.com/app\n\ngo 1.26\n\nrequire (\n")
	for i := range 500 {
		fmt.Fprintf(&mod, "\texample.com/m%03d v1.%d.0\n", i, i%7)
	}
	mod.WriteString(")\n")
	for i := range 1000 {
		for _, suffix := range []string{"", "/go.mod"} {
			fmt.Fprintf(&sum, "example.com/m%03d v1.%d.0%s h1:%043d=\n", i, i%7, suffix, i)
		}
	}
	for i := range 10 {
		fmt.Fprintf(&layer, "require example.com/m%03d v1.9.0\nreplace example.com/m%03d => example.com/fork v1.%d.0\n", i*40, i*40+1, i)
	}
	s := &Stack{Root: b.TempDir()}
	for _, f := range []*File{
		{Path: "/go.mod", Name: "go.mod", Data: []byte(mod.String()), Sum: []byte(sum.String())},
		{Path: "/go.dev.mod", Name: "go.dev.mod", Data: []byte(layer.String()), Sum: []byte("example.com/m000 v1.9.0 h1:x=\n")},
	} {
		if err := f.parse(); err != nil {
			b.Fatal(err)
		}
		s.Files = append(s.Files, f)
	}
	return s
}

// BenchmarkMerge and BenchmarkWriteBack are to stay below 20 ms.
func BenchmarkMerge(b *testing.B) {
	s := bigStack(b)
	for b.Loop() {
		for _, f := range s.Files {
			if err := f.parse(); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Merge(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteBack(b *testing.B) {
	s := bigStack(b)
	m, err := s.Merge()
	if err != nil {
		b.Fatal(err)
	}
	mod := []byte(strings.Replace(string(m.Mod), "example.com/m499 v1.2.0", "example.com/m499 v1.8.0", 1))
	for b.Loop() {
		data, _, err := s.WriteBack(mod, m.Sum, Exact)
		if err != nil || !strings.Contains(string(data), "m499 v1.8.0") {
			b.Fatalf("%v\n%s", err, data)
		}
	}
}
