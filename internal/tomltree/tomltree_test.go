package tomltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

// dump writes a tree with positions, a line a value.
func dump(b *strings.Builder, path string, n *Node) {
	switch n.Kind {
	case Table:
		for _, e := range n.Keys {
			dump(b, path+"."+e.Name, e.Value)
		}
	case Array:
		for i, item := range n.Items {
			dump(b, fmt.Sprintf("%s[%d]", path, i), item)
		}
	default:
		fmt.Fprintf(b, "%s %d:%d %s\n", strings.TrimPrefix(path, "."), n.Pos.Line, n.Pos.Col, n.Text)
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"scalars", "a = \"x\"\nb = 1\nc = true\n", "a 1:5 x\nb 2:5 1\nc 3:5 true\n"},
		{"dotted", "a.b = 1\na.c = 2\n", "a.b 1:7 1\na.c 2:7 2\n"},
		{"tables", "[a.b]\nc = 1\n[a]\nd = 2\n", "a.b.c 2:5 1\na.d 4:5 2\n"},
		{"array of tables", "[[s]]\ne = 1\n[[s]]\ne = 2\n", "s[0].e 2:5 1\ns[1].e 4:5 2\n"},
		{"inline", "a = { b = \"x\", c.d = [1, 2] }\n", "a.b 1:11 x\na.c.d[0] 1:23 1\na.c.d[1] 1:26 2\n"},
		{"multi-line array", "a = [\n  \"x\", # first\n  \"y\",\n]\n", "a[0] 2:3 x\na[1] 3:3 y\n"},
		{"quoted key", "\"a b\".'c' = 1\n", "a b.c 1:13 1\n"},
		{"multi-line string", "a = \"\"\"\nx\ny\"\"\"\nb = 1\n", "a 1:5 x\ny\nb 4:5 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Parse("f", []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			dump(&got, "", n)
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a = 1\na = 2\n", `f:2:1: key "a" is already defined in line 1`},
		{"[a]\n[a]\n", `f:2:2: key "a" is already defined in line 1`},
		{"a.b = 1\n[a]\n", `f:2:2: key "a" is already defined in line 1`},
		{"a = {b = 1}\n[a.c]\n", `f:2:2: key "a" is already defined in line 1`},
		{"a = {b = 1}\na.c = 1\n", `f:2:1: key "a" is already defined in line 1`},
		{"a = [1]\n[[a]]\n", `f:2:3: key "a" is already defined in line 1`},
		{"[a]\nb = 1\nb = 2\n", `f:3:1: key "b" is already defined in line 2`},
		{"a = {b = 1, b = 2}\n", `f:1:13: key "b" is already defined in line 1`},
		{"[a.b]\nc = 1\n[a]\nb.d = 1\n", `f:4:1: key "b" is already defined in line 1`},
		{"a = \n", "f:1:5: "},
		{"x\n[a", "f:1:2: "},
		{"a = \"x", "f:1:6: "},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(tt.in))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("Parse(%q): got error %v, want %s", tt.in, err, tt.want)
		}
	}
}

// FuzzParse checks that the tree takes and refuses the same documents as the
// library's own decoder.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a = 1\n[b]\nc = \"x\"\n[[d]]\ne.f = true\n",
		"a = {b = 1, c.d = [1, {e = 2}]}\n",
		"[a.b]\n[a]\nb.c = 1\n", "[[a]]\n[a.b]\n[[a]]\n[a.b]\n", "a.b = 1\n[a.c]\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		_, err := Parse("f", []byte(in))
		var m map[string]any
		want := toml.Unmarshal([]byte(in), &m)
		if err != nil && want == nil {
			t.Errorf("refused: %v", err)
		}
		// The decoder also checks what this package leaves as written:
		// the digits of numbers and dates.
		if err == nil && want != nil && !strings.ContainsAny(in, "0123456789infna") {
			t.Errorf("accepted, want %v", want)
		}
	})
}
