package buildwarm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOutput(t *testing.T) {
	const text = `# example.com/dep
dep.go:1:2: undefined: x
dep.go:2:2: undefined: y
example.com/m/in: goshim toolexec: exit status 1
# example.com/m [example.com/m.test]
exit status 1
example.com/m: goshim toolexec: exit status 1
go: no such tool
# example.com/mid
mid.go: bad`
	out := &output{main: map[string]bool{"example.com/m": true, "example.com/m/in": true}}
	for part := range strings.SplitAfterSeq(text, "e") { // as it may come
		out.Write([]byte(part))
	}
	out.flush()
	want := []Failure{
		{"example.com/dep", "dep.go:1:2: undefined: x\ndep.go:2:2: undefined: y"},
		{"", "go: no such tool"},
		{"example.com/mid", "mid.go: bad"},
	}
	if diff := cmp.Diff(want, out.failed); diff != "" {
		t.Errorf("failed: -want +got\n%s", diff)
	}
}

func TestString(t *testing.T) {
	sum := &Summary{Fills: []Filled{
		{Commands: []string{"build", "test"}, Packages: 7, New: 3, Failed: []Failure{{"a/b", "b.go: bad\nmore"}, {"", "go: bad"}}},
		{Commands: []string{"vet"}, Packages: 8},
		{Commands: []string{"test"}, Error: "go test is not allowed\nat all"},
	}}
	want := `go build and go test: 7 packages are ready, 3 of them new
  not a/b: b.go: bad
  not go: bad
go vet: 8 packages are ready, 0 of them new
go test: not prepared: go test is not allowed
`
	if diff := cmp.Diff(want, sum.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestChunks(t *testing.T) {
	long := strings.Repeat("x", maxArgs/2)
	tests := []struct {
		list []string
		want []int // how many are in each
	}{
		{nil, nil},
		{[]string{"a", "b"}, []int{2}},
		{[]string{long, long, "c"}, []int{1, 2}},
		{[]string{long + long, "b"}, []int{1, 1}},
	}
	for _, tt := range tests {
		var got []int
		for _, chunk := range chunks(tt.list) {
			got = append(got, len(chunk))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%.20q: -want +got\n%s", tt.list, diff)
		}
	}
}
