package injected

import (
	"bytes"
	"slices"
	"testing"
)

// TestReadScaffold wants exactly what [NewScaffold] writes to be a scaffold.
func TestReadScaffold(t *testing.T) {
	names := []string{Marker, "main.version", "main.é1"}
	text, err := scaffoldSource("a.tag", names)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := readScaffold(text); !ok || !slices.Equal(got, names) {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := readScaffold(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))); !ok {
		t.Error("not with the line endings of Windows")
	}
	edits := []struct{ name, old, new string }{
		{"no check", `== ""`, `== "x"`},
		{"another init", "func init() {", "func init() { println(1)"},
		{"a comment", "// goshimPolicy", "/* */ // goshimPolicy"},
		{"a variable's other name", "&version", "&goshimPolicy"},
		{"no tag", "//go:build a.tag\n", ""},
		{"another tag", "//go:build a.tag", "//go:build a.tag || b"},
	}
	for _, tt := range edits {
		edited := bytes.ReplaceAll(text, []byte(tt.old), []byte(tt.new))
		if _, ok := readScaffold(edited); ok || bytes.Equal(edited, text) {
			t.Errorf("%s: not seen", tt.name)
		}
	}
}
