package gocmd

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDrift asks the installed go command what it knows, so that a new release
// of Go fails here and not at its users. It builds cmd/go with a file that
// prints all flags and parses driftArgv and quotedTests. That takes half a
// minute at first; then the program comes from the build cache.
func TestDrift(t *testing.T) {
	if testing.Short() {
		t.Skip("builds cmd/go")
	}
	g := findGo(t)
	argvs := driftArgv()
	d := g.dump(t, argvs)
	t.Run("flags", func(t *testing.T) { checkCommands(t, g, d) })
	t.Run("parse", func(t *testing.T) { checkParsed(t, argvs, d) })
	t.Run("quoted", func(t *testing.T) { checkQuoted(t, d) })
}

// driftArgv returns parseTests, and in every order up to four words of which
// some are tricky. The last word is there to be the value of the one before it.
func driftArgv() (argvs [][]string) {
	for _, tt := range parseTests {
		if !tt.bad {
			argvs = append(argvs, strings.Fields(tt.args))
		}
	}
	for command, words := range map[string]string{
		"build": "a - -- -v --tags -tags=x -race=0",
		"fix":   "a -- -c=1",
		"run":   "a b.go -- --race -exec",
		"test":  "a - -- -v --run -test.short -foo --foo=1 -args",
		"vet":   "a -printf -tags",
	} {
		level := [][]string{{command}}
		for range 4 {
			var next [][]string
			for _, argv := range level {
				for word := range strings.FieldsSeq(words) {
					next = append(next, append(slices.Clip(argv), word))
				}
			}
			level = next
			for _, argv := range level {
				argvs = append(argvs, append(slices.Clip(argv), "-x"))
			}
		}
	}
	return argvs
}

// dump is the answer type of testdata/dump.go.
type dump struct {
	Commands []struct {
		Words  string
		Custom bool
		Flags  []string
	}
	Parsed []struct {
		Words      string
		Moved      bool
		Args, Rest []string
	}
	Words [][]string
	Bad   []bool
}

// A goCmd runs the go command of the tests, isolated from the network and from
// the user's settings. Only the build cache is shared.
type goCmd struct {
	root string
	dir  string
	env  []string
}

func findGo(t *testing.T) *goCmd {
	out, err := exec.Command("go", "env", "GOROOT", "GOCACHE").Output()
	if err != nil {
		t.Skipf("cannot run go: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 2 {
		t.Fatalf("go env printed %q", out)
	}
	root, cache := strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1])
	if _, err := os.Stat(filepath.Join(root, "src", "cmd", "go", "main.go")); err != nil {
		t.Skipf("this Go comes without the sources of cmd/go: %v", err)
	}
	dir := t.TempDir()
	return &goCmd{root: root, dir: dir, env: append(os.Environ(),
		"GOROOT="+root, "GOCACHE="+cache, "GOPATH="+filepath.Join(dir, "gopath"), "GOMODCACHE=",
		"GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GOPROXY=off", "GOWORK=off", "GO111MODULE=",
		"GOOS=", "GOARCH=", "CGO_ENABLED=0",
	)}
}

// run runs go and returns its standard output, or both outputs if it fails.
func (g *goCmd) run(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(g.root, "bin", "go"), args...)
	cmd.Dir = g.dir
	cmd.Env = g.env
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return slices.Concat(stdout.Bytes(), stderr.Bytes()), err
	}
	return stdout.Bytes(), nil
}

// dump asks the overlaid cmd/go about argvs and quotedTests.
func (g *goCmd) dump(t *testing.T, argvs [][]string) *dump {
	q := struct {
		Argv   [][]string
		Quoted []string
	}{Argv: argvs}
	for _, tt := range quotedTests {
		q.Quoted = append(q.Quoted, tt.in)
	}
	if err := os.Mkdir(filepath.Join(g.dir, "d"), 0o777); err != nil { // for -C d
		t.Fatal(err)
	}
	g.env = append(g.env, "GOCMD_DUMP=1")
	out, err := g.run(marshal(t, q), "run", "-overlay="+g.writeOverlay(t), "cmd/go")
	if err != nil {
		t.Fatalf("asking cmd/go, with testdata/dump*.go in it: %v\n%s", err, out)
	}
	var d dump
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

func (g *goCmd) writeOverlay(t *testing.T) string {
	replace := make(map[string]string)
	for file, dir := range map[string]string{
		"dump.go":            "",
		"dump_test_flags.go": "internal/test",
		"dump_vet_flags.go":  "internal/vet",
	} {
		abs, err := filepath.Abs(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(g.root, "src", "cmd", "go", dir, "zz_"+file)] = abs
	}
	name := filepath.Join(g.dir, "overlay.json")
	if err := os.WriteFile(name, marshal(t, map[string]any{"Replace": replace}), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func marshal(t *testing.T, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func checkCommands(t *testing.T, g *goCmd, d *dump) {
	known := []string{"help"} // main.go handles it itself
	var custom []string
	for _, cmd := range d.Commands {
		known = append(known, cmd.Words)
		if cmd.Custom {
			custom = append(custom, cmd.Words)
		}
		s := Lookup(cmd.Words)
		if s == nil {
			t.Errorf("go %s is missing", cmd.Words)
			continue
		}
		got := strings.Fields(s.flags)
		for _, word := range strings.Fields(s.passed) {
			got = append(got, word, "test."+word)
		}
		checkFlags(t, "go "+s.Words, got, cmd.Flags)
		checkFlags(t, "go "+s.Words+" (late)", strings.Fields(s.late), g.lateFlags(t, s))
	}
	for _, s := range Specs() {
		if !slices.Contains(known, s.Words) {
			t.Errorf("there is no go %s", s.Words)
		}
	}
	slices.Sort(custom)
	if diff := cmp.Diff([]string{"doc", "fix", "test", "vet"}, custom); diff != "" {
		t.Errorf("commands with a parser of their own (-want +got):\n%s", diff)
	}
}

func checkFlags(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, flag := range want {
		if !slices.Contains(got, flag) {
			t.Errorf("%s: -%s is missing", what, flag)
		}
	}
	for _, flag := range got {
		if !slices.Contains(want, flag) {
			t.Errorf("%s: there is no -%s", what, flag)
		}
	}
}

// lateFlags returns the flags that a command first learns when it runs.
func (g *goCmd) lateFlags(t *testing.T, s *Spec) (flags []string) {
	switch s.Words {
	case "doc":
		out, _ := g.run(nil, "doc", "-h") // exits with status 2
		return usageFlags(string(out))
	case "fix", "vet":
		out, err := g.run(nil, "tool", s.Words, "-flags")
		if err != nil {
			t.Fatalf("go tool %s -flags: %v\n%s", s.Words, err, out)
		}
		var list []struct {
			Name string
			Bool bool
		}
		if err := json.Unmarshal(out, &list); err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			name := f.Name
			if !f.Bool {
				name += "="
			}
			if kindIn(s.flags, f.Name) == None { // else the go command's own
				flags = append(flags, name)
			}
		}
	}
	return flags
}

// usageFlags reads what flag.PrintDefaults printed: "  -name type" in front of
// a new line, or in front of a tab if the name has but one letter.
func usageFlags(usage string) (flags []string) {
	for line := range strings.Lines(usage) {
		if line, ok := strings.CutPrefix(line, "  -"); ok {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "\t")
			name, _, isValue := strings.Cut(line, " ")
			if isValue {
				name += "="
			}
			flags = append(flags, name)
		}
	}
	return flags
}

func checkParsed(t *testing.T, argvs [][]string, d *dump) {
	for i, argv := range argvs {
		got, want := Parse(argv), d.Parsed[i]
		if got.Words != want.Words {
			t.Errorf("go %q: Words = %q, want %q", argv, got.Words, want.Words)
		}
		if got.Chdir != want.Moved {
			t.Errorf("go %q: Chdir = %t, want %t", argv, got.Chdir, want.Moved)
		}
		args := got.Args
		switch got.Words {
		case "doc": // parses in Run
			continue
		case "test":
			if n := len(want.Rest) - len(got.ProgArgs); n < 0 || !slices.Equal(got.ProgArgs, want.Rest[n:]) {
				t.Errorf("go %q: ProgArgs = %q, want the end of %q", argv, got.ProgArgs, want.Rest)
			}
		default: // run and tool split their arguments in Run
			args = slices.Concat(args, got.ProgArgs)
		}
		if !slices.Equal(args, want.Args) {
			t.Errorf("go %q: Args = %q, want %q", argv, args, want.Args)
		}
	}
}

func checkQuoted(t *testing.T, d *dump) {
	for i, tt := range quotedTests {
		got, err := SplitQuoted(tt.in)
		if bad := err != nil; bad != d.Bad[i] || !slices.Equal(got, d.Words[i]) {
			t.Errorf("SplitQuoted(%q) = %q, %v, want %q", tt.in, got, err, d.Words[i])
		}
	}
}
