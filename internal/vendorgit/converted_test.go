package vendorgit

import (
	"strings"
	"testing"
)

func TestConversion(t *testing.T) {
	tests := []struct{ attributes, autocrlf, want string }{
		{"", "", ""},
		{"", "true", "core.autocrlf=true"},
		{"text=auto", "", "text=auto"},
		{"text=auto", "true", "text=auto"},
		{"text eol=lf", "", "text eol=lf"},
		{"-text", "input", ""},
		{"-text eol=lf", "", ""},
		{"-text ident", "", "ident"},
		{"-text -ident filter=lfs", "true", "filter=lfs"},
		{"-crlf", "true", ""},
		{"working-tree-encoding=UTF-16", "", "working-tree-encoding=UTF-16"},
	}
	for _, tt := range tests {
		if got := conversion(strings.Fields(tt.attributes), tt.autocrlf); got != tt.want {
			t.Errorf("conversion(%q, %q) = %q, want %q", tt.attributes, tt.autocrlf, got, tt.want)
		}
	}
}
