package envset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/diag"
)

var source = diag.Pos{File: "goshim.toml", Line: 1, Col: 1}

// newSet returns a set whose user's file and toolchain's file have the given
// contents.
func newSet(t *testing.T, environ []string, user, toolchain string) *Set {
	t.Helper()
	dir := t.TempDir()
	files := [2]*File{}
	for i, content := range []string{user, toolchain} {
		path := filepath.Join(dir, []string{"env", "go.env"}[i])
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		files[i] = NewFile(path)
	}
	s := New(environ)
	s.UseUserFile(files[0])
	s.UseToolchainFile(func() *File { return files[1] })
	return s
}

func TestOperations(t *testing.T) {
	tests := []struct {
		name    string
		environ string // words
		user    string
		op      func(*Set) error
		want    string // words
		changes int
	}{
		{"default", "A=1", "", func(s *Set) error { s.Default("B", "2", source); return nil }, "A=1 B=2", 1},
		{"default of a set one", "A=1", "", func(s *Set) error { s.Default("A", "2", source); return nil }, "A=1", 0},
		{"default of an empty one", "A=", "", func(s *Set) error { s.Default("A", "2", source); return nil }, "A=2", 1},
		{"default over the user's file", "", "A=9", func(s *Set) error { s.Default("A", "2", source); return nil }, "A=2", 1},
		{"force", "", "", func(s *Set) error { s.Force("A", "2", source); return s.Conflict() }, "A=2", 1},
		{"force of the same", "A=2", "", func(s *Set) error { s.Force("A", "2", source); return s.Conflict() }, "A=2", 0},
		{"force over the user's file", "", "A=9", func(s *Set) error { s.Force("A", "2", source); return s.Conflict() }, "A=2", 1},
		{
			"a nested call has what the first one made of a forced value", "GOPRIVATE=x,y", "",
			func(s *Set) error {
				s.Force("GOPRIVATE", "x", source)
				s.Append("GOPRIVATE", "y", source)
				return s.Conflict()
			},
			"GOPRIVATE=x,y", 0,
		},
		{"append", "GOPRIVATE=x", "", func(s *Set) error { s.Append("GOPRIVATE", "y,x", source); return nil }, "GOPRIVATE=x,y", 1},
		{"append to the user's file", "", "GOPRIVATE=x", func(s *Set) error { s.Append("GOPRIVATE", "y", source); return nil }, "GOPRIVATE=x,y", 1},
		{"append flags", "CGO_LDFLAGS=-framework_Cocoa", "", func(s *Set) error {
			s.Append("CGO_LDFLAGS", "-L_a_-L_b", source)
			s.Append("CGO_LDFLAGS", "-L_a_-L_b", source)
			return nil
		}, "CGO_LDFLAGS=-framework_Cocoa\u00a0-L_a_-L_b", 1},
		{"append what is there", "GOPRIVATE=x,y", "", func(s *Set) error { s.Append("GOPRIVATE", "y", source); return nil }, "GOPRIVATE=x,y", 0},
		{"unset", "A=1 B=2", "", func(s *Set) error { return s.Unset("A", source) }, "B=2", 1},
		{"unset all of several", "A=1 A=2", "", func(s *Set) error { return s.Unset("A", source) }, "", 1},
		{"unset what the user's file sets", "", "GOPRIVATE=x", func(s *Set) error { return s.Unset("GOPRIVATE", source) }, "GOPRIVATE=\u00a0", 1},
		{"set twice", "A=1", "", func(s *Set) error { s.Set("A", "2", source); s.Set("A", "1", source); return nil }, "A=1", 0},
		{"no equals sign", "odd A=1", "", func(s *Set) error { s.Set("A", "2", source); return nil }, "odd A=2", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSet(t, strings.Fields(tt.environ), tt.user, "")
			if err := tt.op(s); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(s.Environ(), "\n")
			want := strings.ReplaceAll(strings.Join(strings.Split(tt.want, " "), "\n"), "\u00a0", " ")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got := len(s.Changes()); got != tt.changes {
				t.Errorf("got %d changes, want %d: %v", got, tt.changes, s.Changes())
			}
		})
	}
}

func TestErrors(t *testing.T) {
	s := newSet(t, []string{"GOPROXY=https://me:secret@example.com", "API_TOKEN=secret"}, "CC=mycc\n", "")
	force := func(name, value string) error {
		set := New(s.Environ())
		set.Force(name, value, source)
		return set.Conflict()
	}
	tests := []struct {
		got  error
		want string
	}{
		{force("GOPROXY", "off"), `goshim.toml:1:1: GOPROXY is forced to "off", but the environment says GOPROXY="https://xxxxx@example.com"`},
		{force("API_TOKEN", "x"), `goshim.toml:1:1: API_TOKEN is forced to "x", but the environment says API_TOKEN="xxxxx"`},
	}
	for _, tt := range tests {
		if tt.got == nil || tt.got.Error() != tt.want {
			t.Errorf("got error %v, want %s", tt.got, tt.want)
		}
	}
	if err := s.Unset("CC", source); err == nil || !strings.Contains(err.Error(), "CC is to be unset, but ") {
		t.Errorf("got error %v", err)
	}
}

// TestEffective follows cmd/go/internal/cfg.Getenv: an empty variable counts
// as unset, the last of several lines in a file counts, and what is no
// setting is passed over.
func TestEffective(t *testing.T) {
	s := newSet(t, []string{"A=env", "B="}, "A=user\nB=one\nB=two\n# C=comment\nnot a setting\n", "B=root\nC=root=x\n")
	tests := []struct {
		name, want string
		line       int
	}{
		{"A", "env", 0}, {"B", "two", 3}, {"C", "root=x", 2}, {"D", "", 0},
	}
	for _, tt := range tests {
		got, pos := s.Effective(tt.name)
		if got != tt.want || pos.Line != tt.line {
			t.Errorf("Effective(%q): got %q of line %d, want %q of line %d", tt.name, got, pos.Line, tt.want, tt.line)
		}
	}
}

func TestUserFile(t *testing.T) {
	getenv := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	if f := UserFile(getenv(map[string]string{"GOENV": "off", "HOME": "/h"})); f != nil {
		t.Errorf("GOENV=off: got %v, want nil", f)
	}
	if f := UserFile(getenv(map[string]string{"GOENV": "/x/env"})); f == nil || f.path != "/x/env" {
		t.Errorf("GOENV=/x/env: got %v", f)
	}
	if f := UserFile(getenv(nil)); f != nil {
		t.Errorf("no home: got %v, want nil", f)
	}
}

func TestMaskURLs(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://a.example.com,direct", "https://a.example.com,direct"},
		{"https://u:p@a.example.com/x|https://b.example.com", "https://xxxxx@a.example.com/x|https://b.example.com"},
		{"https://u:p/a@a.example.com/x,https://b.example.com", "https://xxxxx@a.example.com/x,https://b.example.com"},
		{"https://u:p,a@a.example.com/x", "https://xxxxx@a.example.com/x"},
		{"off", "off"},
		{"user@host", "user@host"},
	}
	for _, tt := range tests {
		if got := MaskURLs(tt.in); got != tt.want {
			t.Errorf("MaskURLs(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}
