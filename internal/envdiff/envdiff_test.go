package envdiff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
)

const gomod = "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n"

// merged returns go.mod with the lines added and the sums.
func merged(t *testing.T, lines, sum string) *modlayer.Merged {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": gomod + lines, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	u := &modpair.Use{}
	u.SetRoot(func(string) string { return "" }, dir)
	stack, err := modlayer.Read(u)
	if err != nil {
		t.Fatal(err)
	}
	m, err := stack.Merge()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCompare(t *testing.T) {
	type side struct {
		modules  map[string]string
		mod, sum string
		settings []Setting
	}
	tests := []struct {
		name string
		a, b side
		want string
	}{
		{"equal", side{modules: map[string]string{"m": "v1.0.0"}}, side{modules: map[string]string{"m": "v1.0.0"}}, ""},
		{
			"modules",
			side{modules: map[string]string{"m": "v1.0.0", "n": "v1.0.0"}},
			side{modules: map[string]string{"m": "v1.1.0", "o": "v1.0.0"}},
			"modules: m v1.0.0 v1.1.0, n v1.0.0 -, o - v1.0.0",
		},
		{"require lines", side{mod: "require example.com/x v1.0.0\n"}, side{}, ""},
		{
			"lines",
			side{mod: "tool a\nreplace a => ./a\nexclude b v1.0.0\n"},
			side{mod: "replace a => b v1.0.0\ngodebug x=y\n"},
			"replacements: a ./a b v1.0.0\nother lines of go.mod: exclude b v1.0.0 there -, godebug x - y, tool a there -",
		},
		{"a sum missing", side{sum: "m v1 h1:a=\n"}, side{}, ""},
		{
			"a sum that differs",
			side{sum: "m v1 h1:a=\nm v1/go.mod h1:b=\n"},
			side{sum: "m v1 h1:c=\nm v1/go.mod h1:b=\n"},
			"sums: m v1 h1:a= h1:c=",
		},
		{"a sum of another algorithm", side{sum: "m v1 h1:a=\n"}, side{sum: "m v1 h2:c=\n"}, ""},
		{
			"settings",
			side{settings: []Setting{{"vars.CC", "x", "x"}, {"flags.test", "1", "1"}, {"mod", "vendor", "vendor"}, {"modfile", "a", "a"}, {"inherits", "a", "a"}, {"deny", "a", "a"}, {"deny", "b", "b"}}},
			side{settings: []Setting{{"flags.test", "2", "2"}, {"mod", "vendor", "vendor"}, {"deny", "a", "a"}}},
			"variables: CC x -\nflags: test 1 2\nsettings: deny a, b a",
		},
		{
			"secrets",
			side{settings: []Setting{{"vars.T", "x", "***"}}},
			side{settings: []Setting{{"vars.T", "y", "***"}}},
			"variables: T *** ***",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var sides []*Side
			for _, s := range []side{tt.a, tt.b} {
				sides = append(sides, &Side{s.modules, merged(t, s.mod, s.sum), s.settings})
			}
			if diff := cmp.Diff(tt.want, text(Compare(sides[0], sides[1]))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// text returns the groups a line each.
func text(groups []Group) string {
	var lines []string
	show := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	for _, g := range groups {
		var rows []string
		for _, r := range g.Rows {
			rows = append(rows, r.Name+" "+show(r.A)+" "+show(r.B))
		}
		lines = append(lines, g.Name+": "+strings.Join(rows, ", "))
	}
	return strings.Join(lines, "\n")
}
