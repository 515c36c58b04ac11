package git

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidRefName(t *testing.T) {
	tests := []struct {
		name string
		want bool
	}{
		{"refs/heads/main", true},
		{"refs/heads/release/1.2", true},
		{"refs/heads/größe", true},
		{"refs/heads/a@b", true},
		{"refs/heads/lock", true},
		{"HEAD", false},
		{"refs/", false},
		{"refs/heads//a", false},
		{"refs/heads/a/", false},
		{"refs/heads/../a", false},
		{"refs/heads/a..b", false},
		{"refs/heads/.a", false},
		{"refs/heads/a.", false},
		{"refs/heads/a.lock", false},
		{"refs/heads/a.lock/b", false},
		{"refs/heads/a@{1}", false},
		{"refs/heads/a b", false},
		{"refs/heads/a\\b", false},
		{"refs/heads/a:b", false},
		{"refs/heads/a\x7f", false},
	}
	for _, test := range tests {
		if got := validRefName(test.name); got != test.want {
			t.Errorf("validRefName(%q) = %v, want %v", test.name, got, test.want)
		}
	}
}

func TestScanConfig(t *testing.T) {
	tests := []struct {
		name, data string
		want       []string
		err        string
	}{
		{"plain", "[core]\n\tBare = false\n", []string{"core bare=false"}, ""},
		{"one line", "[Core] a=1\n[extensions]b = 2", []string{"core a=1", "extensions b=2"}, ""},
		{"no value", "[a]\nx\ny # z\n", []string{"a x=true", "a y=true"}, ""},
		{"empty value", "[a]\nx =\ny = ; z\n", []string{"a x=", "a y="}, ""},
		{"blanks", "[a]\r\n  x  =  b  c  \r\n", []string{"a x=b  c"}, ""},
		{"quotes", "[a]\nx = \" b # \" c # d\n", []string{"a x= b #  c"}, ""},
		{"escapes", `[a]` + "\n" + `x = a\tb\"\\` + "\n", []string{"a x=a\tb\"\\"}, ""},
		{"continued", "[a]\nx = b\\\n[core]\ny = 2\n", []string{"a x=b[core]", "a y=2"}, ""},
		{"subsection", "[a \"B ] \\\" c\"]\nx = 1\n", []string{"a.B ] \" c x=1"}, ""},
		{"old subsection", "[A.B]\nx = 1\n", []string{"a.b x=1"}, ""},
		{"not the section", "[extensions \"x\"]\nobjectformat = sha256\n", []string{"extensions.x objectformat=sha256"}, ""},
		{"byte order mark", "\ufeff[a]\nx = 1\n", []string{"a x=1"}, ""},
		{"open header", "\n[a\nx = 1\n", nil, "line 2: malformed section header"},
		{"open subsection", "[a \"b\n\"]", nil, "line 1: malformed section header"},
		{"open quote", "[a]\nx = \"b\n", nil, "line 2: malformed variable"},
		{"unknown escape", "[a]\nx = \\q\n", nil, "line 2: malformed variable"},
		{"no key", "[a]\n= b\n", nil, "line 2: malformed variable"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			err := scanConfig(test.data, func(section, key, value string) error {
				got = append(got, section+" "+key+"="+value)
				return nil
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if msg := errorText(err); msg != test.err {
				t.Errorf("error %q, want %q", msg, test.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseHash(t *testing.T) {
	digits := strings.Repeat("0aF9", 10)
	tests := []struct {
		in, want string
		ok       bool
	}{
		{digits, strings.ToLower(digits), true},
		{digits[1:], "", false},
		{digits + "0", "", false},
		{digits[1:] + "g", "", false},
		{digits[1:] + "\x10", "", false}, // a digit but for one bit
		{digits[1:] + "\x19", "", false},
		{"", "", false},
	}
	for _, test := range tests {
		got, ok := parseHash(test.in, sha1Len)
		if string(got) != test.want || ok != test.ok {
			t.Errorf("parseHash(%q) = %q, %v; want %q, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}
