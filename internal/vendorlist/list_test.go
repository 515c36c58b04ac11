package vendorlist

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/mod/module"
)

const listText = `## workspace
# example.com/a v1.0.0
## explicit; go 1.21
example.com/a
example.com/a/sub
# example.com/b v1.2.0 => ../b
## explicit
example.com/b
# example.com/c v1.0.0
## explicit; go 1.21
# example.com/d => example.com/fork v1.0.0
# example.com/e v1.0.0 => ./e
`

func TestParse(t *testing.T) {
	l := Parse([]byte(listText))
	want := &List{
		IsWork: true,
		Blocks: []*Block{
			{Version: module.Version{Path: "example.com/a", Version: "v1.0.0"}, Line: 2, Explicit: true, Go: "1.21", Packages: []string{"example.com/a", "example.com/a/sub"}},
			{Version: module.Version{Path: "example.com/b", Version: "v1.2.0"}, Line: 6, Explicit: true, Replace: module.Version{Path: "../b"}, Packages: []string{"example.com/b"}},
			{Version: module.Version{Path: "example.com/c", Version: "v1.0.0"}, Line: 9, Explicit: true, Go: "1.21"},
		},
		Unused: []*Block{
			{Version: module.Version{Path: "example.com/d"}, Line: 11, Replace: module.Version{Path: "example.com/fork", Version: "v1.0.0"}},
			{Version: module.Version{Path: "example.com/e", Version: "v1.0.0"}, Line: 12, Replace: module.Version{Path: "./e"}},
		},
	}
	if diff := cmp.Diff(want, l, cmpopts.IgnoreFields(List{}, "Rest"), cmpopts.IgnoreFields(Block{}, "Text"), cmpopts.IgnoreUnexported(List{}, Block{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := allText(l); text != listText {
		t.Errorf("the blocks do not have all of the text: %s", text)
	}
}

// allText returns the text that blocks and rest have together.
func allText(l *List) string {
	unused := 0
	for _, b := range l.Unused {
		unused += len(b.Text)
	}
	text := string(l.Rest[:len(l.Rest)-unused])
	for _, b := range l.Blocks {
		text += string(b.Text)
	}
	return text + string(l.Rest[len(l.Rest)-unused:])
}

func TestListFaults(t *testing.T) {
	a, b := "# example.com/a v1.0.0\n## explicit\nexample.com/a\n", "# example.com/b v1.0.0\n## explicit\nexample.com/b\n"
	tests := []struct {
		text string
		want []Fault
	}{
		{a + b, nil},
		{b + a, []Fault{{4, "the module is not in its place"}}},
		{a + a, []Fault{{4, "the module is not in its place"}, {6, "the package is listed twice"}}},
		{a + "example.com/b\n", []Fault{{4, "the package is not below its module"}}},
		{a + "example.com/a/z\nexample.com/a/y\n", []Fault{{1, "the packages of the module are not sorted"}}},
		{a + "\n", []Fault{{4, "malformed package line"}}},
		{"x\n" + a, []Fault{{1, "belongs to no module"}}},
		{"# x\n" + a, []Fault{{1, "malformed module line"}}},
		{"# x y\nx/y\n", []Fault{{1, "malformed module line"}, {2, "belongs to no module"}}},
		{"# x v1.0.0 => y z\n## go 1\n", []Fault{{1, "malformed replacement"}}},
		{"# x v1.0.0\n## later\n", []Fault{{2, "malformed annotation"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Parse([]byte(tt.text)).Faults); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(listText))
	f.Add([]byte("# a v1.0.0 => b\r\n# c => d v1.0.0\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := allText(Parse(data)); !bytes.Equal([]byte(got), data) {
			t.Errorf("got the text %q, want %q", got, data)
		}
	})
}
