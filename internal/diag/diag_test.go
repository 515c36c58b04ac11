package diag

import (
	"errors"
	"fmt"
	"testing"
)

func TestText(t *testing.T) {
	pos := Pos{File: "goshim.toml", Line: 4, Col: 1}
	tests := []struct {
		err  error
		want string
	}{
		{&Error{Pos: pos, Msg: "unknown key"}, "goshim: goshim.toml:4:1: unknown key\n"},
		{&Error{Pos: pos, Msg: "unknown key", Hint: "did you mean x?"}, "goshim: goshim.toml:4:1: unknown key\ngoshim: hint: did you mean x?\n"},
		{&Error{Pos: Pos{File: "goshim.toml"}, Msg: "not a regular file"}, "goshim: goshim.toml: not a regular file\n"},
		{&Error{Msg: "no place for state"}, "goshim: no place for state\n"},
		{fmt.Errorf("outer: %w", &Error{Msg: "inner", Hint: "way out"}), "goshim: outer: inner\ngoshim: hint: way out\n"},
		{errors.New("plain"), "goshim: plain\n"},
	}
	for _, tt := range tests {
		if got := Text(tt.err); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"toolchain", "tags", "mod", "mod tidy", "vendor", "prod", "dev"}
	tests := []struct{ word, want string }{
		{"toolchian", "toolchain"}, // a swap is one edit
		{"tag", "tags"},
		{"mdo", "mod"},
		{"mod tidi", "mod tidy"},
		{"prd", "prod"},
		{"staging", ""},
		{"x", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, candidates); got != tt.want {
			t.Errorf("Nearest(%q): got %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain ü", "plain ü"},
		{"\x1b[2J", `\x1b[2J`},
		{"a\nb", `a\nb`},
		{"\u202eb", `\u202eb`},
		{"'\t'", `'\t'`},
		{"a\xffb\xc3", `a\xffb\xc3`},
		{"\u009b31m", `\u009b31m`}, // a control sequence of one character
		{"\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got, want := PrintableLines("a\r\n\tb\rc\x1b\xff\n"), "a\n\\tb\\rc\\x1b\\xff\n"; got != want {
		t.Errorf("PrintableLines: got %q, want %q", got, want)
	}
}
