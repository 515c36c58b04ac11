package override

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/goshim/goshim/internal/diag"
)

func TestParse(t *testing.T) {
	tests := []struct{ spec, want, err, hint string }{
		{spec: "example.com/dep=../dep", want: "example.com/dep=../dep"},
		{spec: "example.com/dep=..", want: "example.com/dep=.."},
		{spec: "example.com/dep@v1.0.0=./dep", want: "example.com/dep@v1.0.0=./dep"},
		{spec: "example.com/dep=example.com/fork@main", want: "example.com/dep=example.com/fork@main"},
		{spec: "example.com/dep", err: `malformed replacement "example.com/dep"`, hint: form},
		{spec: "=../dep", err: `malformed replacement "=../dep"`, hint: form},
		{spec: "a=", err: `malformed replacement "a="`, hint: form},
		{spec: "a=b", err: `"b" is neither a directory nor a module with a version`, hint: "a=./b is the directory; a=b@v1.2.3, or @ and a branch, is the module"},
		{spec: "a=b@", err: `"b" is neither a directory nor a module with a version`, hint: "a=./b is the directory; a=b@v1.2.3, or @ and a branch, is the module"},
		{spec: "a=https://example.com/b.git@main", err: `"https://example.com/b.git@main" is a URL, which a replace line cannot have`, hint: "name the module: a=example.com/b@main, or @ and a branch"},
		{spec: "a=ssh://git@example.com/b", err: `"ssh://git@example.com/b" is a URL, which a replace line cannot have`, hint: "name the module: a=example.com/b@v1.2.3, or @ and a branch"},
		{spec: "a=git@example.com:c/b.git", err: `"git@example.com:c/b.git" is a URL, which a replace line cannot have`, hint: "name the module: a=example.com/c/b@v1.2.3, or @ and a branch"},
		{spec: "a=file:///b", err: `"file:///b" is a URL, which a replace line cannot have`, hint: "a directory is named by its path: a=/b"},
	}
	for _, tt := range tests {
		got, err := parse(tt.spec)
		if err != nil {
			var e *diag.Error
			if !errors.As(err, &e) || e.Msg != tt.err || e.Hint != tt.hint {
				t.Errorf("parse(%q): got %#v, want %q and the hint %q", tt.spec, err, tt.err, tt.hint)
			}
			continue
		}
		if got.String() != tt.want || tt.err != "" {
			t.Errorf("parse(%q): got %s, want %s %s", tt.spec, got, tt.want, tt.err)
		}
	}
}

func TestRelative(t *testing.T) {
	root := filepath.Join(t.TempDir(), "repo")
	tests := []struct{ dir, want string }{
		{".", "./."},
		{"a/b", "./a/b"},
		{"..b", "./..b"},
		{"..", ".."},
		{"../dep", "../dep"},
	}
	for _, tt := range tests {
		if got := relative(root, filepath.Join(root, tt.dir)); got != tt.want {
			t.Errorf("relative(root, root/%s): got %q, want %q", tt.dir, got, tt.want)
		}
	}
}
