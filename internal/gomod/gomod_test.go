package gomod

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	top := t.TempDir()
	for _, file := range []string{"go.work", "a/go.mod", "a/b/c/x", "d/go.mod/x", "other.work"} {
		path := filepath.Join(top, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	in := func(path string) string { return filepath.Join(top, filepath.FromSlash(path)) }
	tests := []struct{ dir, gowork, root, work string }{
		{in("a"), "", in("a"), in("go.work")},
		{in("a/b/c"), "auto", in("a"), in("go.work")},
		{in("a/b/c"), "off", in("a"), ""},
		{in("a"), in("other.work"), in("a"), in("other.work")},
		{in("d"), "off", "", ""}, // a folder named go.mod is no module
		{"", "", "", ""},
	}
	for _, tt := range tests {
		if got := Root(tt.dir); got != tt.root {
			t.Errorf("Root(%q): got %q, want %q", tt.dir, got, tt.root)
		}
		if got := Workspace(tt.dir, tt.gowork); got != tt.work {
			t.Errorf("Workspace(%q, %q): got %q, want %q", tt.dir, tt.gowork, got, tt.work)
		}
	}
}
