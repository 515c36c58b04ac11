package gocmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quotedTests are compared with cmd/internal/quoted, too, in TestDrift.
var quotedTests = []struct {
	in   string
	want []string
	err  string
}{
	{in: ""},
	{in: " \t\r\n"},
	{in: " -a\t-b\r\n-c ", want: []string{"-a", "-b", "-c"}},
	{in: "a\u00a0b\vc", want: []string{"a\u00a0b\vc"}},
	{in: `'-ldflags=-s -X=main.V=q' -v`, want: []string{"-ldflags=-s -X=main.V=q", "-v"}},
	{in: `"-ldflags=-X 'main.V=a b'"`, want: []string{"-ldflags=-X 'main.V=a b'"}},
	{in: `-ldflags='-s -w'`, want: []string{"-ldflags='-s", "-w'"}},
	{in: `'a'b "c"'d'`, want: []string{"a", "b", "c", "d"}},
	{in: `'' ""`, want: []string{"", ""}},
	{in: `'a\' b`, want: []string{`a\`, "b"}},
	{in: `-v 'a b`, err: "unterminated ' string at byte 4"},
	{in: `"`, err: `unterminated " string at byte 1`},
}

func TestSplitQuoted(t *testing.T) {
	for _, tt := range quotedTests {
		got, err := SplitQuoted(tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("SplitQuoted(%q) (-want +got):\n%s", tt.in, diff)
		}
		checkError(t, tt.in, err, tt.err)
	}
}

func TestJoinQuoted(t *testing.T) {
	tests := []struct {
		words     []string
		want, err string
	}{
		{nil, "", ""},
		{[]string{"-v", "-tags=a,b"}, "-v -tags=a,b", ""},
		{[]string{"-ldflags=-s -w"}, "'-ldflags=-s -w'", ""},
		{[]string{"-ldflags=-X 'm.V=a b'"}, `"-ldflags=-X 'm.V=a b'"`, ""},
		{[]string{`a"b`, "a'b"}, `'a"b' "a'b"`, ""},
		{[]string{"", "a"}, "'' a", ""},
		{[]string{`a'"`}, "", `"a'\"" contains both single and double quotes and cannot be quoted`},
	}
	for _, tt := range tests {
		got, err := JoinQuoted(tt.words)
		if got != tt.want {
			t.Errorf("JoinQuoted(%q) = %q, want %q", tt.words, got, tt.want)
		}
		checkError(t, strings.Join(tt.words, "|"), err, tt.err)
	}
}

func TestSplitGOFLAGS(t *testing.T) {
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{"-v --tags=a '-ldflags=-s -w'", []string{"-v", "--tags=a", "-ldflags=-s -w"}, ""},
		{"-v -tags a", nil, `non-flag "a" in word 3`},
		{"-", nil, `non-flag "-" in word 1`},
		{"--", nil, `non-flag "--" in word 1`},
		{"---v", nil, `non-flag "---v" in word 1`},
		{"-=x", nil, `non-flag "-=x" in word 1`},
		{"''", nil, `non-flag "" in word 1`},
		{"'-v", nil, "unterminated ' string at byte 1"},
	}
	for _, tt := range tests {
		got, err := SplitGOFLAGS(tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("SplitGOFLAGS(%q) (-want +got):\n%s", tt.in, diff)
		}
		checkError(t, tt.in, err, tt.err)
	}
	_, err := JoinGOFLAGS([]string{"-v", "a"})
	checkError(t, "-v|a", err, `non-flag "a" in word 2`)
}

func TestCheckGOFLAGS(t *testing.T) {
	tests := []struct{ word, err string }{
		{"-v", ""},
		{"--tags=a", ""},
		{"-tags=", ""},
		{"-race=1", ""},
		{"-buildvcs=auto", ""},
		{"-test.run=x", ""},
		{"-vettool=x", ""},
		{"foo", `non-flag "foo"`},
		{"-tags", "-tags of go build needs a value: -tags=value"},
		{"-race=yes", `invalid boolean value "yes" for -race of go build`},
		{"-C=.", "-C must be first on the command line and cannot be in GOFLAGS"},
		{"-nosuch", "unknown flag -nosuch"},
		{"-src", "unknown flag -src"},
		{"-printf=false", "unknown flag -printf"},
		{"-test.race", "unknown flag -test.race"},
		{"-c", "-c of go fix needs a value: -c=value"},
		{"-c=3", `invalid boolean value "3" for -c of go test`},
		{"-tool", "-tool of go mod edit needs a value: -tool=value"},
		{"-json=Dir", `invalid boolean value "Dir" for -json of go build`},
	}
	for _, tt := range tests {
		checkError(t, tt.word, CheckGOFLAGS(tt.word), tt.err)
	}
}

func TestOneMeaning(t *testing.T) {
	for name := range strings.FieldsSeq("mod modfile modcacherw overlay tags ldflags gcflags asmflags trimpath buildvcs race p pgo buildmode") {
		if !OneMeaning(name) {
			t.Errorf("OneMeaning(%s) = false", name)
		}
	}
	for name := range strings.FieldsSeq("C c exec json m n o tool toolexec u v vettool w nosuch") {
		if OneMeaning(name) {
			t.Errorf("OneMeaning(%s) = true", name)
		}
	}
}

func checkError(t *testing.T, in string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("%q: error %q, want %q", in, got, want)
	}
}
