package constraint

import (
	"errors"
	"testing"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
)

func TestAllows(t *testing.T) {
	tests := []struct {
		text    string
		yes, no []string
	}{
		{"^1.2", []string{"v1.2.0", "v1.2.9", "v1.99.0"}, []string{"v1.1.9", "v2.0.0", "v2.0.0-rc.1", "v1.3.0-rc.1", "v0.9.0", "", "1.2.0"}},
		{"^v1.2.3", []string{"v1.2.3", "v1.3.0"}, []string{"v1.2.2", "v2.0.0"}},
		{"^1", []string{"v1.0.0", "v1.9.9"}, []string{"v0.9.0", "v2.0.0"}},
		{"^0.3", []string{"v0.3.0", "v0.3.7"}, []string{"v0.4.0", "v0.2.9", "v1.0.0"}},
		{"^0.3.2", []string{"v0.3.2", "v0.3.7"}, []string{"v0.3.1", "v0.4.0"}},
		{"^0.0.3", []string{"v0.0.3", "v0.0.4"}, []string{"v0.0.2", "v0.1.0"}},
		{"^0", []string{"v0.0.1", "v0.9.0"}, []string{"v1.0.0"}},
		{"~1.2.3", []string{"v1.2.3", "v1.2.9"}, []string{"v1.2.2", "v1.3.0", "v1.3.0-rc.1"}},
		{"~1.2", []string{"v1.2.0"}, []string{"v1.3.0"}},
		{"~1", []string{"v1.9.0"}, []string{"v2.0.0"}},
		{">=1.2.0", []string{"v1.2.0", "v9.0.0"}, []string{"v1.1.0", "v9.0.0+incompatible", "v1.3.0-rc.1"}},
		{"<2", []string{"v0.0.1", "v1.9.9"}, []string{"v2.0.0", "v2.0.0-rc.1"}},
		{"<=1.2", []string{"v1.2.9"}, []string{"v1.3.0"}},
		{"<=1.2.3", []string{"v1.2.3"}, []string{"v1.2.4"}},
		{">1.2", []string{"v1.3.0"}, []string{"v1.2.9"}},
		{">1.2.3", []string{"v1.2.4"}, []string{"v1.2.3"}},
		{">=1.2.0 <1.5.0", []string{"v1.2.0", "v1.4.9"}, []string{"v1.5.0", "v1.1.0"}},
		{">= 1.2.0, < v1.5.0,", []string{"v1.2.0", "v1.4.9"}, []string{"v1.5.0"}},
		{"^1.2 <1.4 >1.2.0", []string{"v1.2.1", "v1.3.9"}, []string{"v1.2.0", "v1.4.0"}},
		{">=1.2.0 >1.2.0", []string{"v1.2.1"}, []string{"v1.2.0"}},
		{"1.2.3", []string{"v1.2.3"}, []string{"v1.2.4", "v1.2.3-rc.1"}},
		{"=v1.2.3", []string{"v1.2.3"}, []string{"v1.2.2"}},
		{"1.2.3-rc.1", []string{"v1.2.3-rc.1"}, []string{"v1.2.3"}},
		{"^1.2.0-rc.1", []string{"v1.2.0-rc.1", "v1.2.0-rc.2", "v1.2.0", "v1.3.0"}, []string{"v1.2.0-beta", "v1.3.0-rc.1"}},
		{"v0.0.0-20200101000000-abcdefabcdef", []string{"v0.0.0-20200101000000-abcdefabcdef"}, []string{"v0.0.0-20210101000000-abcdefabcdef"}},
		{"^2.1+incompatible", []string{"v2.1.0+incompatible", "v2.3.0+incompatible"}, []string{"v3.0.0+incompatible"}},
		{"^99999999999999999999.0", []string{"v99999999999999999999.3.0"}, []string{"v100000000000000000000.0.0"}},
		{"~1.19", []string{"v1.19.9"}, []string{"v1.20.0"}},
		{"~1.9", []string{"v1.9.9"}, []string{"v1.10.0"}},
		{"latest", []string{"v1.0.0", "v0.0.0-20200101000000-abcdefabcdef", "v2.0.0+incompatible"}, nil},
	}
	for _, tt := range tests {
		c, err := Parse(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		for _, v := range tt.yes {
			if !c.Allows(v) {
				t.Errorf("%s must allow %s", tt.text, v)
			}
		}
		for _, v := range tt.no {
			if c.Allows(v) {
				t.Errorf("%s must not allow %s", tt.text, v)
			}
		}
	}
}

func TestExact(t *testing.T) {
	tests := []struct{ text, want string }{
		{"1.2.3", "v1.2.3"},
		{"=v2.0.0+incompatible", "v2.0.0+incompatible"},
		{"v0.0.0-20200101000000-abcdefabcdef", "v0.0.0-20200101000000-abcdefabcdef"},
		{">=1.2.3", ""},
		{"=1.2.3 <2", ""},
		{"latest", ""},
	}
	for _, tt := range tests {
		c, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Exact(); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v", tt.text, got, ok)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, msg, hint string }{
		{"", `malformed version constraint ""`, usage},
		{"newest", `malformed version constraint "newest"`, usage},
		{"1.2", `malformed version constraint "1.2"`, `write "~1.2" for all versions that begin so`},
		{"1.2.x", `malformed version constraint "1.2.x"`, usage},
		{"1.*", `malformed version constraint "1.*"`, usage},
		{"*", `malformed version constraint "*"`, usage},
		{"^1.2 || ^2.0", `malformed version constraint "||"`, usage},
		{"=>1.2", `malformed version constraint "=>1.2"`, usage},
		{">=", `malformed version constraint ">="`, usage},
		{"^1.2-rc", `malformed version constraint "^1.2-rc"`, usage},
		{"^01.2", `malformed version constraint "^01.2"`, usage},
		{"^1.2.3.4", `malformed version constraint "^1.2.3.4"`, usage},
		{"1.2.3+meta", `malformed version constraint "1.2.3+meta"`, usage},
		{"latest ^1", `malformed version constraint "latest"`, usage},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text)
		var e *diag.Error
		if !errors.As(err, &e) || e.Msg != tt.msg || e.Hint != tt.hint {
			t.Errorf("%q: got %#v", tt.text, err)
		}
	}
}

const wrongMajor = "from v2 on a path ends in the major version, such as example.com/dep/v2; a version without that needs +incompatible"

func TestCheckPath(t *testing.T) {
	tests := []struct{ path, text, msg, hint string }{
		{"example.com/dep", "^1.2", "", ""},
		{"example.com/dep", "<2", "", ""},
		{"example.com/dep", ">=1.2 <4", "", ""},
		{"example.com/dep", "latest", "", ""},
		{"example.com/dep/v2", "^2.1", "", ""},
		{"example.com/dep/v2", "2.0.0-rc.1", "", ""},
		{"example.com/dep/v2", ">=2.1 <3", "", ""},
		{"example.com/dep/v2", "<=2", "", ""},
		{"example.com/dep/v2", "<2.1", "", ""},
		{"example.com/dep/v2", ">=1.5", "", ""},
		{"example.com/dep/v2", "<2", `example.com/dep/v2 has no version that "<2" allows`, wrongMajor},
		{"example.com/dep", ">=2", `example.com/dep has no version that ">=2" allows`, wrongMajor},
		{"gopkg.in/dep.v3", "^3.0", "", ""},
		{"gopkg.in/dep.v0", "^0.1", "", ""},
		{"example.com/dep", "^2.1+incompatible", "", ""},
		{
			"example.com/dep", "^2.1", `example.com/dep has no version that "^2.1" allows`,
			wrongMajor,
		},
		{
			"example.com/dep", "2.0.0-rc.1", `example.com/dep has no version that "2.0.0-rc.1" allows`,
			wrongMajor,
		},
		{"example.com/dep/v2", "^3.0", `example.com/dep/v2 has no version that "^3.0" allows`, wrongMajor},
		{"gopkg.in/dep.v2", "^3.0", `gopkg.in/dep.v2 has no version that "^3.0" allows`, wrongMajor},
		{
			"example.com/dep/v2", "^1.2", `example.com/dep/v2 has no version that "^1.2" allows`,
			wrongMajor,
		},
		{
			"example.com/dep/v2", "1.2.0", `example.com/dep/v2 has no version that "1.2.0" allows`,
			wrongMajor,
		},
	}
	for _, tt := range tests {
		c, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got := diag.Error{}
		var e *diag.Error
		if errors.As(c.CheckPath(tt.path), &e) {
			got = *e
		}
		if got.Msg != tt.msg || got.Hint != tt.hint {
			t.Errorf("%s %s: got %q, %q", tt.path, tt.text, got.Msg, got.Hint)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"^1.2", "~1.2.3", ">=1.2.0, <1.5.0", "v1.2.3-rc.1", "^2.1+incompatible", "latest", "1.x", "> =1"} {
		f.Add(text, "v1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(c.String())
		if err != nil || again.Allows(version) != c.Allows(version) {
			t.Errorf("%q and its text %q differ on %q (%v)", text, c, version, err)
		}
		if c.Allows(version) && !c.IsLatest() && !semver.IsValid(version) {
			t.Errorf("%q allows %q", text, version)
		}
		c.CheckPath("example.com/dep/v2")
	})
}
