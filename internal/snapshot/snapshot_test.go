package snapshot

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modstore"
)

func full() *Snapshot {
	return &Snapshot{
		Format: 1, Module: "example.com/app", Environment: "dev", Go: "1.26", Toolchain: "go1.26.8",
		Modules: []Module{
			{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:a=", GoModSum: "h1:b=", Origin: &modstore.Origin{VCS: "git", URL: "https://git.example.com/a?x&y", Hash: "0123", Ref: "refs/tags/v1.0.0"}},
			{Path: "example.com/b", Version: "v1.0.0", Replaced: "./b"},
			{Path: "example.com/c", Version: "v1.0.0", Replaced: "example.com/fork v1.0.1"},
		},
		Files: []File{{"go.mod", []string{"module example.com/app", "", "go 1.26 // <&>", ""}}, {"go.sum", []string{"no line feed at the end"}}, {"go.dev.mod", []string{""}}},
	}
}

func TestEncode(t *testing.T) {
	got, err := Parse("x.json", full().Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !bytes.Contains(full().Encode(), []byte(`"go 1.26 // <&>",`)) {
		t.Error("text is escaped as for HTML")
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "x.json: this is no snapshot: unexpected end of JSON input"},
		{"[]", "x.json: this is no snapshot: json: cannot unmarshal array into Go value of type struct { Format int \"json:\\\"snapshot\\\"\" }"},
		{"{}", "x.json: this is no snapshot"},
		{`{"snapshot": 2}`, "x.json: a newer goshim wrote this snapshot, in format 2"},
		{`{"snapshot": 1, "extra": 1}`, `x.json: json: unknown field "extra"`},
		{`{"snapshot": 1, "modules": [{"path": "a"}, {"path": "a"}]}`, `x.json: module "a" stands here twice, or has no path`},
	}
	for _, tt := range tests {
		if _, err := Parse("x.json", []byte(tt.text)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestFile(t *testing.T) {
	for _, text := range []string{"", "\n", "a", "a\n", "a\r\nb\r\n\n"} {
		f, err := NewFile("go.mod", []byte(text))
		if err != nil || string(f.Text()) != text {
			t.Errorf("%q: got %q, %v", text, f.Text(), err)
		}
	}
	if _, err := NewFile("go.mod", []byte("\xff")); err == nil || err.Error() != "go.mod: the text is not UTF-8" {
		t.Errorf("got error %v", err)
	}
}

func TestLastGood(t *testing.T) {
	state := t.TempDir()
	vars := map[string]string{"XDG_STATE_HOME": state, "HOME": state, "LocalAppData": state, "AppData": state}
	getenv := func(name string) string { return vars[name] }
	root := t.TempDir()
	if g := LastGood(getenv, root, "dev"); g != nil {
		t.Errorf("before: got %v", g)
	}
	if err := SetLastGood(getenv, root, full(), "x.json", []byte("text")); err != nil {
		t.Fatal(err)
	}
	g := LastGood(getenv, root, "dev")
	if g == nil || g.File != "x.json" || g.Hash != "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1" {
		t.Fatalf("got %+v", g)
	}
	if diff := cmp.Diff(full(), g.Snapshot); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if g := LastGood(getenv, root, "prod"); g != nil {
		t.Errorf("another environment: got %v", g)
	}
	if err := os.WriteFile(goodFile(getenv, root, "dev"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if g := LastGood(getenv, root, "dev"); g != nil {
		t.Errorf("a damaged record: got %v", g)
	}
	none := func(string) string { return "" }
	if err := SetLastGood(none, root, full(), "x.json", nil); err == nil {
		t.Error("no error without a place for state")
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for _, text := range []string{"one", "two"} {
		if err := Replace(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("got %q, %v", data, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files are left: %v", entries)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full().Encode())
	f.Add([]byte(`{"snapshot":1,"modules":[{"path":"a","replaced":"b"}],"files":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.json", data)
		if err != nil {
			return
		}
		text := s.Encode()
		again, err := Parse("x.json", text)
		if err != nil {
			t.Fatalf("parsing what was encoded: %v", err)
		}
		if !bytes.Equal(text, again.Encode()) {
			t.Errorf("got %s, want %s", again.Encode(), text)
		}
	})
}
