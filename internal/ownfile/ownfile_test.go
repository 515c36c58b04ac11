package ownfile

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"own": "ours: x", "other": "theirs", "empty": ""} {
		if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(at("dir"), 0o777); err != nil {
		t.Fatal(err)
	}
	kind := Kind{What: "a list", IsOwn: func(text []byte) bool { return bytes.HasPrefix(text, []byte("ours")) }}
	tests := []struct{ name, want string }{
		{"absent", ""},
		{"empty", ""},
		{"own", ""},
		{"other", "other: is not a list that goshim has written, and is left as it is"},
		{"dir", "dir: is not a regular file"},
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink("own", at("link")); err != nil {
			t.Fatal(err)
		}
		tests = append(tests, struct{ name, want string }{"link", "link: is a symbolic link, which would be replaced by a file"})
	}
	for _, tt := range tests {
		got := ""
		if err := kind.Check(at(tt.name), tt.name); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
