package gocmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A summary is a Command in the words of parseTests. Flags are written
// name=value, and name? if the command does not have them.
type summary struct {
	words, dir, flags, args, prog string
}

func summarize(c *Command) summary {
	var flags []string
	for _, f := range c.Flags {
		word := f.Name
		if f.Kind == None {
			word += "?"
		}
		if f.HasValue {
			word += "=" + f.Value
		}
		flags = append(flags, word)
	}
	return summary{
		words: c.Words,
		dir:   c.Dir,
		flags: strings.Join(flags, " "),
		args:  strings.Join(c.Args, " "),
		prog:  strings.Join(c.ProgArgs, " "),
	}
}

// parseTests are compared with cmd/go itself, too, in TestDrift, except for
// those marked as bad: they are errors there, or help.
var parseTests = []struct {
	args string
	want summary
	bad  bool
}{
	// Command words.
	{args: "", bad: true},
	{args: "build", want: summary{words: "build"}},
	{args: "mod tidy", want: summary{words: "mod tidy"}},
	{args: "mod", want: summary{words: "mod"}, bad: true},
	{args: "work", want: summary{words: "work"}, bad: true},
	{args: "mod -x", want: summary{words: "mod", args: "-x"}, bad: true},
	{args: "mod tidi -x", want: summary{words: "mod tidi", args: "-x"}, bad: true},
	{args: "mod help tidy", want: summary{words: "help", args: "tidy"}, bad: true},
	{args: "biuld -C d -x .", want: summary{words: "biuld", args: "-C d -x ."}, bad: true},
	{args: "help mod tidy", want: summary{words: "help", args: "mod tidy"}, bad: true},
	{args: "help -C d", want: summary{words: "help", args: "-C d"}, bad: true},
	{args: "-modfile=go.mod list", want: summary{args: "-modfile=go.mod list"}, bad: true},
	{args: "--version", want: summary{args: "--version"}, bad: true},
	{args: "-- get x", want: summary{words: "get", args: "x"}},
	{args: "-C d -- get x", want: summary{words: "get", dir: "d", args: "x"}},

	// -C.
	{args: "-C d", want: summary{dir: "d"}, bad: true},
	{args: "-C", want: summary{args: "-C"}, bad: true},
	{args: "-C d mod tidy", want: summary{words: "mod tidy", dir: "d"}},
	{args: "mod -C d tidy", want: summary{words: "mod tidy", dir: "d"}},
	{args: "mod tidy -C d", want: summary{words: "mod tidy", dir: "d"}},
	{args: "mod tidy --C d -v", want: summary{words: "mod tidy", dir: "d", flags: "v"}},
	{args: "-C=d version", want: summary{words: "version", dir: "d"}},
	{args: "list --C=d -m", want: summary{words: "list", dir: "d", flags: "m"}},
	{args: "test -C d .", want: summary{words: "test", dir: "d", args: "."}},
	{args: "vet -C d .", want: summary{words: "vet", dir: "d", args: "."}},
	{args: "doc -C d fmt", want: summary{words: "doc", dir: "d", args: "fmt"}},
	{args: "doc -u -C d fmt", want: summary{words: "doc", flags: "u C=d", args: "fmt"}},
	{args: "-C d mod help tidy", want: summary{words: "help", dir: "d", args: "tidy"}, bad: true},
	{args: "list -m -C d", want: summary{words: "list", flags: "m C=d"}, bad: true},
	{args: "-C d list -C e", want: summary{words: "list", dir: "d", flags: "C=e"}, bad: true},
	{args: "-C d -C e list", want: summary{dir: "d", args: "-C e list"}, bad: true},
	{args: "list -C", want: summary{words: "list", flags: "C"}, bad: true},

	// Commands that use package flag.
	{args: "build ./... -v", want: summary{words: "build", args: "./... -v"}},
	{args: "build -v -o out -tags=a --tags b .", want: summary{words: "build", flags: "v o=out tags=a tags=b", args: "."}},
	{args: "build -tags -v .", want: summary{words: "build", flags: "tags=-v", args: "."}},
	{args: "build -race=0 -mod= .", want: summary{words: "build", flags: "race=0 mod=", args: "."}},
	{args: "build -v -- -x", want: summary{words: "build", flags: "v", args: "-x"}},
	{args: "build a -- b", want: summary{words: "build", args: "a -- b"}},
	{args: "build - -v", want: summary{words: "build", args: "- -v"}},
	{args: "build -tags", want: summary{words: "build", flags: "tags"}, bad: true},
	{args: "build -nosuch .", want: summary{words: "build", flags: "nosuch?", args: "."}, bad: true},
	{args: "build ---v .", want: summary{words: "build", args: "---v ."}, bad: true},
	{args: "list -m -json=Path,Dir -u all", want: summary{words: "list", flags: "m json=Path,Dir u", args: "all"}},
	{args: "get -u -tool x@latest", want: summary{words: "get", flags: "u tool", args: "x@latest"}},
	{args: "mod edit -tool x -json go.mod", want: summary{words: "mod edit", flags: "tool=x json", args: "go.mod"}},
	{args: "env -w GOFLAGS=-v", want: summary{words: "env", flags: "w", args: "GOFLAGS=-v"}},
	{args: "version -m bin", want: summary{words: "version", flags: "m", args: "bin"}},
	{args: "telemetry off", want: summary{words: "telemetry", args: "off"}},
	{args: "generate -run re -x .", want: summary{words: "generate", flags: "run=re x", args: "."}},
	{args: "work use -r d", want: summary{words: "work use", flags: "r", args: "d"}},
	{args: "doc -all -src fmt Println", want: summary{words: "doc", flags: "all src", args: "fmt Println"}},

	// vet and fix.
	{args: "vet -printf=false -c=2 -json ./...", want: summary{words: "vet", flags: "printf=false c=2 json", args: "./..."}},
	{args: "vet -printf.funcs f -tags t . -x", want: summary{words: "vet", flags: "printf.funcs=f tags=t", args: ". -x"}},
	{args: "vet -v -- -x", want: summary{words: "vet", flags: "v", args: "-x"}},
	{args: "vet -vettool tool -shadow .", want: summary{words: "vet", flags: "vettool=tool shadow?", args: "."}, bad: true},
	{args: "fix -diff -minmax .", want: summary{words: "fix", flags: "diff minmax", args: "."}},

	// run and tool.
	{args: "run . -v", want: summary{words: "run", args: ".", prog: "-v"}},
	{args: "run -race a.go b.go c.txt d.go", want: summary{words: "run", flags: "race", args: "a.go b.go", prog: "c.txt d.go"}},
	{args: "run -exec x -- ./cmd -- a", want: summary{words: "run", flags: "exec=x", args: "./cmd", prog: "-- a"}},
	{args: "run", want: summary{words: "run"}},
	{args: "tool", want: summary{words: "tool"}},
	{args: "tool -n compile -V", want: summary{words: "tool", flags: "n", args: "compile", prog: "-V"}},
	{args: "tool -C d -modfile=t.mod x -n", want: summary{words: "tool", dir: "d", flags: "modfile=t.mod", args: "x", prog: "-n"}},

	// test.
	{args: "test", want: summary{words: "test"}},
	{args: "test ./... -v", want: summary{words: "test", flags: "v", args: "./..."}},
	{args: "test -v a b -run re -count 1", want: summary{words: "test", flags: "v run=re count=1", args: "a b"}},
	{args: "test -test.v a -test.run=re", want: summary{words: "test", flags: "test.v test.run=re", args: "a"}},
	{args: "test a -v b -x", want: summary{words: "test", flags: "v", args: "a", prog: "b -x"}},
	{args: "test a -foo b -v c", want: summary{words: "test", flags: "foo?=b v", args: "a", prog: "c"}},
	{args: "test -foo a -v", want: summary{words: "test", flags: "foo?=a v"}},
	{args: "test -foo -v a", want: summary{words: "test", flags: "foo? v", prog: "a"}},
	{args: "test -foo=1 a -v", want: summary{words: "test", flags: "foo?=1", prog: "a -v"}},
	{args: "test -foo - a", want: summary{words: "test", flags: "foo?=-", prog: "a"}},
	{args: "test a -foo -- b", want: summary{words: "test", flags: "foo?", args: "a", prog: "-- b"}},
	{args: "test a -- b", want: summary{words: "test", args: "a", prog: "-- b"}},
	{args: "test -- a", want: summary{words: "test", prog: "-- a"}},
	{args: "test -args", want: summary{words: "test"}},
	{args: "test a --args b -v", want: summary{words: "test", args: "a", prog: "b -v"}},
	{args: "test -v -args -- b", want: summary{words: "test", flags: "v", prog: "-- b"}},
	{args: "test a -args=x b c", want: summary{words: "test", flags: "args?=x", args: "a", prog: "b c"}},
	{args: "test a --- -v", want: summary{words: "test", flags: "v", args: "a ---"}},
	{args: "test -run", want: summary{words: "test", flags: "run"}, bad: true},
}

func TestParse(t *testing.T) {
	for _, tt := range parseTests {
		args := strings.Fields(tt.args)
		c := Parse(args)
		if diff := cmp.Diff(tt.want, summarize(c), cmp.AllowUnexported(summary{})); diff != "" {
			t.Errorf("go %s (-want +got):\n%s", tt.args, diff)
		}
		if diff := cmp.Diff(args, c.Join(), equateEmpty); diff != "" {
			t.Errorf("go %s: Join differs (-want +got):\n%s", tt.args, diff)
		}
	}
}

var equateEmpty = cmp.Transformer("", func(s []string) string { return strings.Join(s, "\x00") })

func TestFlagLookup(t *testing.T) {
	c := Parse(strings.Fields("build -tags a -v -tags=b,c -race=false -buildvcs=auto -x=1 ."))
	if got, ok := c.Flag("tags"); got != "b,c" || !ok {
		t.Errorf("Flag(tags) = %q, %t, want the last", got, ok)
	}
	if got, ok := c.Flag("v"); got != "true" || !ok {
		t.Errorf("Flag(v) = %q, %t, want true", got, ok)
	}
	if got, ok := c.Flag("mod"); got != "" || ok {
		t.Errorf("Flag(mod) = %q, %t, want none", got, ok)
	}
	if diff := cmp.Diff([]string{"a", "b,c"}, c.Values("tags")); diff != "" {
		t.Errorf("Values(tags) (-want +got):\n%s", diff)
	}
	for name, want := range map[string]bool{"v": true, "x": true, "race": false, "buildvcs": false, "a": false} {
		if got := c.Bool(name); got != want {
			t.Errorf("Bool(%s) = %t, want %t", name, got, want)
		}
	}
}

func TestQueries(t *testing.T) {
	tests := []struct {
		args      string
		atVersion bool
		queries   string
	}{
		{"install x@v1", true, "x@v1"},
		{"install ./a x@v1", true, "x@v1"},
		{"install ./a@v1 ../b@v1", false, ""},
		{"install ./...", false, ""},
		{"run x@latest y@z", true, "x@latest"},
		{"run x@y.go", false, ""},
		{"run a.go x@v1", false, ""},
		{"run ./x@v1", false, ""},
		{"run -- -x@v1", false, ""},
		{"get a b@none", false, "b@none"},
		{"list -m all x@v1", false, "x@v1"},
		{"list x@v1", false, ""},
		{"mod download x@v1 y", false, "x@v1"},
		{"build x@v1", false, ""},
	}
	for _, tt := range tests {
		c := Parse(strings.Fields(tt.args))
		if got := c.AtVersion(); got != tt.atVersion {
			t.Errorf("go %s: AtVersion = %t, want %t", tt.args, got, tt.atVersion)
		}
		if got := strings.Join(c.Queries(), " "); got != tt.queries {
			t.Errorf("go %s: Queries = %q, want %q", tt.args, got, tt.queries)
		}
	}
}

func TestClasses(t *testing.T) {
	tests := []struct {
		args               string
		answers, untouched bool
	}{
		{"", true, true},
		{"-h", true, true},
		{"help build", true, true},
		{"mod help tidy", true, true},
		{"version -m x", true, true},
		{"bug", true, true},
		{"telemetry off", true, true},
		{"env", true, false},
		{"env GOFLAGS", true, false},
		{"env -C d -w GOFLAGS=", true, true},
		{"env -u GOFLAGS", true, true},
		{"env -w=false X", true, false},
		{"build", false, false},
		{"mod", false, false},
		{"biuld", false, false},
	}
	for _, tt := range tests {
		c := Parse(strings.Fields(tt.args))
		if got := c.AlwaysAnswers(); got != tt.answers {
			t.Errorf("go %s: AlwaysAnswers = %t, want %t", tt.args, got, tt.answers)
		}
		if got := c.Untouched(); got != tt.untouched {
			t.Errorf("go %s: Untouched = %t, want %t", tt.args, got, tt.untouched)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, line := range []string{
		"version",
		"build -trimpath -tags=a,b -ldflags=-s -o out ./...",
		"test ./... -run TestX -count=1 -race",
	} {
		args := strings.Fields(line)
		b.Run(args[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(args)
			}
		})
	}
}
