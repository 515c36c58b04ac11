package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

func TestClassOfVar(t *testing.T) {
	tests := []struct {
		v    Var
		want Class
	}{
		{Var{Name: "CC", Value: "gcc"}, RunsCode},
		{Var{Name: "CC", Op: Unset}, RunsCode},
		{Var{Name: "PATH", Op: Append, Value: "bin"}, RunsCode},
		{Var{Name: "LD_PRELOAD"}, RunsCode},
		{Var{Name: "DYLD_INSERT_LIBRARIES"}, RunsCode},
		{Var{Name: "GIT_SSH_COMMAND"}, RunsCode},
		{Var{Name: "GODEBUG", Value: "execerrdot=0"}, RunsCode},
		{Var{Name: "NEVER_HEARD_OF"}, RunsCode},
		{Var{Name: "gogc"}, RunsCode},
		{Var{Name: "GOENV", Value: "off"}, RunsCode},
		{Var{Name: "GOROOT"}, RunsCode},
		{Var{Name: "GOAUTH"}, RunsCode},
		{Var{Name: "GOCACHEPROG"}, RunsCode},
		{Var{Name: "CGO_CFLAGS"}, RunsCode},
		{Var{Name: "CGO_ENABLED", Value: "1"}, Widens},
		{Var{Name: "CGO_ENABLED", Value: "0"}, Narrows},
		{Var{Name: "CGO_ENABLED", Op: Unset}, Narrows}, // nothing is there to be unset
		{Var{Name: "GOCACHE", Value: "x"}, Widens},
		{Var{Name: "GOPRIVATE", Op: Append, Value: "x"}, Widens},
		{Var{Name: "GOPRIVATE", Op: Unset}, Narrows},
		{Var{Name: "GOINSECURE", Value: "*"}, Widens},
		{Var{Name: "GOINSECURE", Op: Unset}, Narrows},
		{Var{Name: "GOPROXY", Value: "https://x.example.com"}, Widens},
		{Var{Name: "GOPROXY", Value: "off"}, Narrows},
		{Var{Name: "GOPROXY", Op: Unset}, Narrows},
		{Var{Name: "GOSUMDB", Value: "off"}, Widens},
		{Var{Name: "GOSUMDB", Value: "sum.golang.org", Op: Force}, Narrows},
		{Var{Name: "GOTOOLCHAIN", Value: "auto"}, Widens},
		{Var{Name: "GOTOOLCHAIN", Value: "local"}, Narrows},
		{Var{Name: "GOVCS", Value: "*:all"}, Widens},
		{Var{Name: "GOWORK", Value: "/x/go.work"}, Widens},
		{Var{Name: "GOOS", Value: "linux"}, Narrows},
		{Var{Name: "GOFLAGS", Value: "-trimpath -tags=x"}, Narrows},
		{Var{Name: "GOFLAGS", Value: "-trimpath -toolexec=x"}, RunsCode},
		{Var{Name: "GOFLAGS", Value: "-modcacherw"}, Widens},
		{Var{Name: "GOFLAGS", Value: "'-ldflags=-X a.b=c'", Op: Append}, Widens}, // other modules' commands see it
		{Var{Name: "GOFLAGS", Value: "'-overlay=x'"}, RunsCode},
		{Var{Name: "GOFLAGS", Value: "'unterminated"}, RunsCode},
		{Var{Name: "GOFLAGS", Op: Unset}, Narrows}, // of nothing
		{Var{Name: "GOFLAGS", Value: "-v", Op: Force}, Narrows},
	}
	for _, tt := range tests {
		if got := judgeVar(tt.v, envset.New(nil)); got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.v, got, tt.want)
		}
	}
}

// TestClassOfVarWithUserSettings wants what would take something of the user's
// away to need trust.
func TestClassOfVarWithUserSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("GOFLAGS=-x\nGOSUMDB=sum.example.com+00000000+key\nGOVCS=*:git\nCGO_ENABLED=1\nGOPROXY=https://a.example.com|direct\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	caller := envset.New([]string{"GOAMD64=v3"})
	caller.UseUserFile(envset.NewFile(file))
	tests := []struct {
		v    Var
		want Class
	}{
		{Var{Name: "GOFLAGS", Op: Unset}, Widens},
		{Var{Name: "GOFLAGS", Value: "-v"}, Widens},
		{Var{Name: "GOFLAGS", Value: "-v -x"}, Narrows},
		{Var{Name: "GOFLAGS", Value: "-v -x=false"}, Widens},
		{Var{Name: "GOFLAGS", Value: "-v", Op: Append}, Narrows},
		{Var{Name: "GOSUMDB", Value: "sum.golang.org"}, Widens},
		{Var{Name: "GOVCS", Value: "*:off"}, Narrows},
		{Var{Name: "GOVCS", Value: "x:off", Op: Append}, Narrows},
		{Var{Name: "GOVCS", Value: "x:off"}, Widens},
		{Var{Name: "CGO_ENABLED", Value: "0"}, Widens},
		{Var{Name: "CGO_ENABLED", Op: Unset}, Widens},
		{Var{Name: "GOPROXY", Op: Unset}, Widens},
		{Var{Name: "GOPROXY", Value: "off", Op: Append}, Narrows},
		{Var{Name: "GOPROXY", Value: "https://a.example.com,direct"}, Narrows},
		{Var{Name: "GOPROXY", Value: "https://a.example.com"}, Narrows},
		{Var{Name: "GOPROXY", Value: "direct"}, Widens},
		{Var{Name: "GOPROXY", Value: ","}, Widens},
		{Var{Name: "GOAMD64", Value: "v2"}, Narrows},            // yields to what is exported
		{Var{Name: "GOAMD64", Value: "v2", Op: Force}, Narrows}, // refuses the command
		{Var{Name: "GOAMD64", Op: Unset}, Widens},
	}
	for _, tt := range tests {
		if got := judgeVar(tt.v, caller); got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.v, got, tt.want)
		}
	}
}

// judgeVar returns the class of a variable in a repository's file.
func judgeVar(v Var, caller *envset.Set) Class {
	v.Pos = diag.Pos{File: "f", Line: 1, Col: 1}
	j := &judge{caller: caller}
	for _, s := range j.restrict(&Env{Vars: []Var{v}}, false, nil) {
		return s.Class
	}
	return Narrows
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"a*", "ab", true},
		{"*b", "ab", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*@latest", "x@latest", true},
		{"*x*", "a,x", true},
		{"a*b*c", "a1b2c", true},
		{"a*b*c", "a1c2b", false},
		{strings.Repeat("*", 40) + "!", strings.Repeat("a", 1000), false},
	}
	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q): got %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}

func TestClassOfFlag(t *testing.T) {
	tests := []struct {
		flag string
		want Class
	}{
		{"-race", Narrows},
		{"--race", Narrows},
		{"-tags=a,b", Narrows},
		{"-ldflags=-s -w", Narrows},
		{"-ldflags=-X main.v=1 -s", Narrows},
		{"-ldflags=-X=main.v=1", Narrows},
		{"-ldflags=all=-s", Narrows},
		{"-ldflags=-extld=evil", RunsCode},
		{"-ldflags=all=-extld evil", RunsCode},
		{"-ldflags=-s -linkmode=external", RunsCode},
		{"-ldflags='-s", RunsCode},
		{"-ldflags=-X -extld=evil", RunsCode},
		{"-ldflags=-X", RunsCode},
		{"-ldflags=-X @file=x", RunsCode},
		{"-ldflags=-s @file", RunsCode},
		{"-ldflags= -linkmode external -extld=X=/evil.sh", RunsCode}, // a space is not a pattern
		{"-gcflags= -asmhdr=N", RunsCode},
		{"-gcflags=---N", RunsCode},
		{"-ldflags==-s", RunsCode},
		{"-gcflags=all=-N -l", Narrows},
		{"-gcflags=-o=/etc/passwd", RunsCode},
		{"-asmflags=-x", RunsCode},
		{"-toolexec=x", RunsCode},
		{"-exec=x", RunsCode},
		{"-vettool=x", RunsCode},
		{"-overlay=x.json", RunsCode},
		{"-pgo=auto", Narrows},
		{"-pgo=cpu.pprof", Narrows},
		{"-pgo=/etc/passwd", RunsCode},
		{"-pgo=../x", RunsCode},
		{"-o=x", Widens},
		{"-fixtool=x", RunsCode},
		{"-nosuch", RunsCode},
		{"-printf=false", RunsCode},
		{"-json", Widens},
		{"-n", Widens},
	}
	for _, tt := range tests {
		if got := classOfFlag("build", tt.flag); got != tt.want {
			t.Errorf("classOfFlag(%q): got %v, want %v", tt.flag, got, tt.want)
		}
	}
}

// TestClassOfCommandFlag wants what a command answers, which scripts read, to be
// what it always is, and vet's analyzers to be what they are.
func TestClassOfCommandFlag(t *testing.T) {
	for _, tt := range []struct {
		command, flag string
		want          Class
	}{
		{"env", "-json", Widens},
		{"env", "-changed", Widens},
		{"env", "-w", RunsCode},
		{"list", "-m", Widens},
		{"test", "-json", Widens},
		{"test", "-vet=off", Narrows},
		{"vet", "-printf=false", Narrows},
		{"vet", "-printf.funcs=Log", Narrows},
		{"vet", "-vettool=./x", RunsCode},
		{"vet", "-V=full", RunsCode},
		{"vet", "-fix", RunsCode},
	} {
		if got := classOfFlag(tt.command, tt.flag); got != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.command, tt.flag, got, tt.want)
		}
	}
}

func TestRuleMatch(t *testing.T) {
	tests := []struct {
		rule, args string
		want       bool
	}{
		{"get", "get x", true},
		{"get", "-C d get x", true},
		{"get", "build get", false},
		{"mod", "mod tidy", true},
		{"mod *", "mod tidy", true},
		{"mod tidy", "mod tidy -v", true},
		{"mod tidy", "mod vendor", false},
		{"*", "build", true},
		{"install *@latest", "install a@v1.0.0 b@latest", true},
		{"install *@latest", "install a@v1.0.0", false},
		{"install *@*", "install ./x", false},
		{"build -race", "build --race=true", true},
		{"build -race", "build -run -race", true},
		{"build -race", "build ./... -race", false},
		{"build -mod=mod", "build -mod mod", true},
		{"build -mod=mod", "build -mod=vendor", false},
		{"build -tags=*x*", "build -tags=a,x", true},
		{"run -race", "run x -race", false},
		{"env -w", "env -w A=b", true},
		{"env -w", "env A", false},
		{"test", "vet", false},
	}
	for _, tt := range tests {
		rule := Rule{Words: strings.Fields(tt.rule)}
		if got := rule.Matches(gocmd.Parse(strings.Fields(tt.args))); got != tt.want {
			t.Errorf("%q matches %q: got %v, want %v", tt.rule, tt.args, got, tt.want)
		}
	}
}

// TestChangesDependencies wants the set to have each way to change which modules
// are built from, and nothing else.
func TestChangesDependencies(t *testing.T) {
	f := parse(t, Repository, "[common]\ndeny = [{ command = \"@changes-dependencies\", reason = \"in dev\" }]\n")
	changes := []string{
		"get x@v1", "get", "get -u ./...", "get -tool x", "mod init", "mod tidy", "mod tidy -v", "mod tidy -diff=false",
		"mod edit -require=x@v1.0.0", "mod edit -droprequire=x", "mod edit -exclude=x@v1.0.0", "mod edit -dropexclude=x@v1.0.0",
		"mod edit -replace=x=y", "mod edit -dropreplace x", "mod edit -tool=x", "mod edit -droptool=x", "mod edit -go=1.27",
		"mod edit -toolchain=go1.27.0", "work init", "work sync", "work use .", "work edit -use=.", "work edit -dropuse=.",
		"work edit -replace=x=y", "work edit -dropreplace=x", "work edit -go=1.27", "work edit -toolchain=none",
		"build -mod=mod", "list -mod mod -m all", "run -mod=mod .", "test -mod=mod", "generate -mod=mod",
	}
	keeps := []string{
		"build", "build -mod=vendor", "list -m all", "mod tidy -diff", "mod edit -json", "mod edit -fmt", "mod edit -module=x",
		"mod edit -retract=v1.0.0", "mod download", "mod vendor", "mod verify", "mod why x", "mod graph", "work edit -json", "work vendor",
		"install x@v1.0.0", "run x@v1.0.0", "tool x", "env",
	}
	for i, commands := range [][]string{changes, keeps} {
		for _, command := range commands {
			rule := f.Common.Deny.Match(gocmd.Parse(strings.Fields(command)))
			if got, want := rule != nil, i == 0; got != want {
				t.Errorf("go %s: denied %v, want %v", command, got, want)
			}
			if rule != nil && (rule.Reason != "in dev" || rule.Pos.Line != 3) {
				t.Errorf("go %s: reason %q at line %d", command, rule.Reason, rule.Pos.Line)
			}
		}
	}
	words, _ := gocmd.SplitGOFLAGS("-mod=mod")
	if f.Common.Deny.Match(gocmd.Parse([]string{"build"}).With(words)) == nil {
		t.Error("GOFLAGS=-mod=mod go build is not denied")
	}
	_, errs := Parse(Repository, "f", []byte("version = 1\n[common]\ndeny = [\"@changes-dependencie\"]\n"))
	if len(errs) != 1 || errs[0].Msg != `unknown set of commands "@changes-dependencie" in deny` || !strings.Contains(errs[0].Hint, "@changes-dependencies") {
		t.Errorf("got %v", errs)
	}
}

// parse parses a file that must have no faults.
func parse(t *testing.T, level Level, text string) *File {
	t.Helper()
	f, errs := Parse(level, "f", []byte("version = 1\n"+text))
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	return f
}

// describe lists the settings of an environment that the tests of merging use.
func describe(e Env) string {
	var vars []string
	for _, v := range e.Vars {
		vars = append(vars, v.Name+"="+v.Value)
	}
	return fmt.Sprintf("mod=%s network=%s tags=%v proxy=%v vars=%v deny=%d", e.Mod.Value, e.Network.Value, e.Tags.Strings(), e.Proxy.Strings(), vars, len(e.Deny.Rules))
}

func TestInheritance(t *testing.T) {
	f := parse(t, Repository, `
default = "a"
[common]
mod = "readonly"
network = "deny"
tags = ["x"]
proxy = ["off"]
deny = ["get"]
[common.vars]
A = "1"
B = "1"
[env.a]
network = "allow"
tags = ["y", "x"]
deny = ["vet"]
[env.a.vars]
B = "2"
[env.b]
inherits = "a"
mod = "vendor"
proxy = ["direct"]
[env.b.vars]
C = "3"
[env.c]
inherits = "common"
`)
	tests := []struct{ name, want string }{
		{"a", "mod=readonly network=allow tags=[x y] proxy=[off] vars=[A=1 B=2] deny=2"},
		{"b", "mod=vendor network=allow tags=[x y] proxy=[direct] vars=[A=1 B=2 C=3] deny=2"},
		{"c", "mod=readonly network=deny tags=[x] proxy=[off] vars=[A=1 B=1] deny=1"},
		{"nothere", "mod=readonly network=deny tags=[x] proxy=[off] vars=[A=1 B=1] deny=1"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, describe(f.Resolve(tt.name))); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

func TestStack(t *testing.T) {
	repo := `
default = "dev"
[env.dev]
mod = "mod"
network = "allow"
proxy = ["direct"]
tags = ["r"]
deny = ["vet"]
[env.dev.vars]
A = "repo"
`
	spellings := `
[common.vars]
GOSUMDB = "off"
GOPROXY = "direct"
GOFLAGS = { append = "-tags=x" }
`
	tests := []struct{ name, upper, want string }{
		{"nothing above", "", "mod=mod network=allow tags=[r] proxy=[direct] vars=[A=repo] deny=1"},
		{
			"the repository wins", "[common]\nmod = \"vendor\"\nproxy = [\"off\"]\nvars.A = \"user\"\n",
			"mod=mod network=allow tags=[r] proxy=[direct] vars=[A=repo] deny=1",
		},
		{
			"the stricter wins", "[common]\nnetwork = \"proxy-only\"\ndeny = [\"get\"]\n",
			"mod=mod network=proxy-only tags=[r] proxy=[direct] vars=[A=repo] deny=2",
		},
		{
			"forced", "[common]\nmod = { force = \"vendor\" }\nproxy = { force = [\"off\"] }\nvars.A = { force = \"user\" }\n",
			"mod=vendor network=allow tags=[r] proxy=[off] vars=[A=user] deny=1",
		},
		{
			"locked", "lock = [\"mod\", \"vars.A\", \"tags\"]\n[common]\nmod = \"vendor\"\n",
			"mod=vendor network=allow tags=[] proxy=[direct] vars=[] deny=1",
		},
		{
			"locked in one environment", "lock = [\"env.dev.mod\", \"env.prod.proxy\"]\n[env.dev]\nmod = \"vendor\"\n",
			"mod=vendor network=allow tags=[r] proxy=[direct] vars=[A=repo] deny=1",
		},
		{
			"locked in other spellings", "lock = [\"proxy\", \"vars.A\", \"tags\"]\n[common]\nsumdb = { force = \"sum.golang.org\" }\n",
			"mod=mod network=allow tags=[] proxy=[] vars=[] deny=1",
		},
		{
			"locked by variable", "lock = [\"vars.GOPROXY\", \"vars.GOFLAGS\"]\n[common.vars]\nGOSUMDB = { force = \"off\" }\nGOFLAGS = \"-tags=u\"\n",
			"mod=mod network=allow tags=[r] proxy=[] vars=[GOSUMDB=off GOFLAGS=-tags=u A=repo] deny=1",
		},
		{
			"locked as a whole", "lock = [\"vars\", \"deny\"]\n[common.vars]\nB = \"user\"\n",
			"mod=mod network=allow tags=[r] proxy=[direct] vars=[B=user] deny=0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			upper := parse(t, User, tt.upper)
			text := repo
			if strings.Contains(tt.name, "spellings") {
				text += spellings
			}
			got := stack("dev", upper.Resolve("dev"), parse(t, Repository, text).Resolve("dev"), upper.locks())
			if diff := cmp.Diff(tt.want, describe(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestStrictestNetwork wants deny! to be the strictest, whoever says it.
func TestStrictestNetwork(t *testing.T) {
	for _, tt := range []struct{ upper, lower, want string }{
		{"deny!", "deny", "deny!"},
		{"deny", "deny!", "deny!"},
		{"deny!", "allow", "deny!"},
		{"proxy-only", "deny", "deny"},
	} {
		text := func(value string) string { return "[common]\nnetwork = \"" + value + "\"\n" }
		got := stack("", parse(t, User, text(tt.upper)).Resolve(""), parse(t, Repository, text(tt.lower)).Resolve(""), nil)
		if got.Network.Value != tt.want || !got.DeniesNetwork() {
			t.Errorf("%s over %s: got %s, which denies: %t", tt.lower, tt.upper, got.Network.Value, got.DeniesNetwork())
		}
	}
}

// TestStrictestReplace wants two rules that each allow what the other forbids to
// allow nothing together.
func TestStrictestReplace(t *testing.T) {
	for _, tt := range []struct{ upper, lower, want string }{
		{"version", "directory", "none"},
		{"directory", "version", "none"},
		{"directory", "directory", "directory"},
		{"directory", "any", "directory"},
		{"version", "none", "none"},
	} {
		text := func(value string) string { return "[common]\nreplace = \"" + value + "\"\n" }
		got := stack("", parse(t, User, text(tt.upper)).Resolve(""), parse(t, Repository, text(tt.lower)).Resolve(""), nil)
		if got.Replace.Value != tt.want {
			t.Errorf("%s over %s: got %s", tt.lower, tt.upper, got.Replace.Value)
		}
	}
}

// TestRoutes wants the routes of what lies above before those below, except
// where a policy of higher authority holds its own.
func TestRoutes(t *testing.T) {
	const repo = `default = "dev"
[common.routes]
"c" = ["direct"]
"both" = ["off"]
[env.dev.routes]
"d" = ["off"]
"both" = ["direct"]
`
	tests := []struct{ name, upper, want string }{
		{"nothing above", "", "d=off both=direct c=direct"},
		{"below those of the repository", "[common.routes]\nu = [\"direct\"]\nc = [\"off\"]\n", "d=off both=direct c=direct u=direct"},
		{"forced", "[common.routes]\nu = [\"direct\"]\nc = { force = [\"off\"] }\n", "c=off d=off both=direct u=direct"},
		{"locked", "lock = [\"routes\"]\n[common.routes]\nu = [\"direct\"]\n", "u=direct"},
		{"one is locked", "lock = [\"routes.c\"]\n[common.routes]\nu = [\"direct\"]\nc = [\"off\"]\n", "c=off d=off both=direct u=direct"},
		{"the proxies are held", "[common]\nproxy = { force = [\"off\"] }\n", ""},
		{"the private patterns are locked", "lock = [\"vars.GOPRIVATE\"]\n[common.vars]\nGOPRIVATE = \"x\"\n", ""},
	}
	for _, tt := range tests {
		upper := parse(t, User, tt.upper)
		env := stack("dev", upper.Resolve("dev"), parse(t, Repository, repo).Resolve("dev"), upper.locks())
		var got []string
		for _, r := range env.Routes {
			got = append(got, r.Pattern+"="+strings.Join(r.Proxies.Strings(), ","))
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestParseReportsAll wants every fault of a file, in the order of its lines.
func TestParseReportsAll(t *testing.T) {
	_, errs := Parse(Repository, "f", []byte(`version = 1
defualt = "x"
[common]
mod = 3
[common.vars]
A = { force = "x", unset = true }
B = { frce = "x" }
[[select]]
env = "x"
`))
	var got []string
	for _, e := range errs {
		got = append(got, e.Error()+" "+e.Hint)
	}
	want := []string{
		`f:2:1: unknown key "defualt" did you mean "default"?`,
		`f:4:7: mod must be a string, not an integer `,
		`f:6:5: vars.A must have one of default, force, append, unset `,
		`f:7:7: unknown key "frce" in vars.B did you mean "force"?`,
		`f:8:3: [[select]] has no condition: branch, tag or var what always holds belongs to default`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestConstraints wants faults in constraints to be found on load, and those
// of an environment to lie over the inherited ones one by one.
func TestConstraints(t *testing.T) {
	_, errs := Parse(Repository, "f", []byte("version = 1\n[common.constraints]\n"+
		"\"example.com/a\" = \"1.2\"\n\"example.com/b\" = \"^2.1\"\nexample.com = \"^1\"\n\"example.com/c\" = 1\n"))
	var got []string
	for _, e := range errs {
		got = append(got, e.Error()+" "+e.Hint)
	}
	want := []string{
		"f:5:1: constraints.example must be a string, not a table a name with dots needs quotes, such as \"main.version\" or \"example.com/dep\"",
		"f:6:19: constraints.example.com/c must be a string, not an integer ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("types: -want +got\n%s", diff)
	}
	_, errs = Parse(Repository, "f", []byte("version = 1\n[common.constraints]\n\"example.com/a\" = \"1.2\"\n\"example.com/b\" = \"^2.1\"\n"))
	got = nil
	for _, e := range errs {
		got = append(got, e.Error()+" "+e.Hint)
	}
	want = []string{
		`f:3:1: malformed version constraint "1.2" write "~1.2" for all versions that begin so`,
		`f:4:1: example.com/b has no version that "^2.1" allows from v2 on a path ends in the major version, such as example.com/dep/v2; a version without that needs +incompatible`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values: -want +got\n%s", diff)
	}

	f := parse(t, Repository, "default = \"dev\"\n[common.constraints]\n\"example.com/a\" = \"^1.2\"\n\"example.com/b\" = \"^1\"\n"+
		"[env.dev.constraints]\n\"example.com/a\" = \"~1.2\"\n")
	dev := f.Resolve("dev")
	got = nil
	for _, c := range dev.Constraints {
		got = append(got, c.Name+" "+c.Value+" "+c.Pos.String())
	}
	if diff := cmp.Diff([]string{"example.com/a ~1.2 f:7:1", "example.com/b ^1 f:5:1"}, got); diff != "" {
		t.Errorf("merged: -want +got\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"version = 1\ndefault = \"a\"\n[env.a]\nmod = \"vendor\"\n",
		"version = 1\nlock = [\"env.a.mod\"]\npermit = [\"C*\"]\nbypass = \"deny\"\n",
		"version = 1\n[[select]]\nenv = \"a\"\nbranch = [\"[\"]\nvar = { A = \"b\" }\n[env.a.vars]\nX = { append = \"y\" }\n",
		"version = 1\n[common]\nproxy = [\"https://x\", \"direct\"]\nsumdb = \"a+a5269a0a+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\ntoolchain = \"go1.27rc1+auto\"\n",
		"version = 1\n[common]\ndeny = [{ command = \"get *@x\", reason = \"r\" }, \"mod\"]\n[common.flags]\nbuild = [\"-race\"]\n",
		"version = 1\n[common.inject]\n\"a.b\" = \"{git.commit}-{\"\n[env.a]\ninherits = \"a\"\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, level := range []Level{Repository, User} {
			file, errs := Parse(level, "f", []byte(in))
			for _, e := range errs {
				if !e.Pos.IsValid() || strings.ContainsAny(e.Msg, "\n") {
					t.Errorf("error without a place or on two lines: %q", e.Error())
				}
			}
			if len(errs) == 0 {
				for _, name := range append(file.envNames(), "x") {
					env := file.Resolve(name)
					(&judge{caller: envset.New(nil)}).restrict(&env, false, nil)
				}
			}
		}
	})
}

// TestUpperPolicyCounts wants what replaces a setting of the user's own policy
// to need trust, as what replaces one of the environment does.
func TestUpperPolicyCounts(t *testing.T) {
	upper := parse(t, User, "[common]\nproxy = [\"https://corp.example.com\"]\nsumdb = \"db.example.com+f6bd83a1+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\nvars.GOFLAGS = \"-x\"\n")
	repo := parse(t, Repository, "[common]\nproxy = [\"direct\"]\nsumdb = \"sum.golang.org\"\nvars.GOFLAGS = \"-v\"\n")
	env := envset.New([]string{"GOPROXY=direct"})
	requests, _ := repo.Requests([]*File{upper}, env)
	var got []string
	for _, r := range requests {
		got = append(got, r.Setting)
	}
	if diff := cmp.Diff([]string{"vars.GOFLAGS", "proxy", "sumdb"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestKeysAreJudged wants a new key to say how what a repository sets is judged: by
// a rule of its own, because merging only adds or tightens, or by what its variables
// and flags come to.
func TestKeysAreJudged(t *testing.T) {
	bySomethingElse := []string{
		"inherits", "modfile", "workspace", "toolchain", "flags", "vars", "proxy", "sumdb", // their effect, or their place
		"allow", // every list must allow a command
	}
	for _, k := range Keys {
		adds := k.Merge == Union || k.Merge == Tighten
		if (k.keeps != nil || adds) == slices.Contains(bySomethingElse, k.Name) {
			t.Errorf("nothing judges %s, or two things do", k.Name)
		}
	}
}

// TestChoiceNeedsTrust wants a repository that is not trusted to choose no other
// environment of the user's than the user did.
func TestChoiceNeedsTrust(t *testing.T) {
	upper := parse(t, User, "default = \"strict\"\nlock = [\"env.strict.mod\"]\n[env.strict]\nnetwork = \"deny\"\nmod = \"vendor\"\n[env.lax]\nproxy = [\"direct\"]\n")
	for text, want := range map[string]string{
		"default = \"lax\"\n[env.lax]\nmod = \"mod\"\ntags = [\"r\"]\n": "mod=vendor network=deny tags=[r] proxy=[] vars=[] deny=0 skipped=1",
		"default = \"strict\"\n[env.strict]\ntags = [\"r\"]\n":          "mod=vendor network=deny tags=[r] proxy=[] vars=[] deny=0 skipped=0",
		"[common]\ntags = [\"r\"]\n":                                    "mod=vendor network=deny tags=[r] proxy=[] vars=[] deny=0 skipped=0",
	} {
		p := &Policy{Repo: parse(t, Repository, text), User: upper}
		p.Repo.Name, upper.Name = "repo", "user"
		env := envset.New(nil)
		choice, err := choose(p.Files(), "", env.Get)
		if err != nil {
			t.Fatal(err)
		}
		if choice.Pos.IsValid() && p.Repo.Default.IsSet() {
			choice.Pos.File = "repo"
		}
		p.Choice = choice
		settings := p.Repo.Resolve(choice.Env)
		if err := p.settle(&settings, env); err != nil {
			t.Fatal(err)
		}
		if got := describe(p.Env) + fmt.Sprintf(" skipped=%d", len(p.Skipped)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestInjectNames wants the name of a variable to be one that a program can have:
// the linker reads more arguments from what begins with an at sign.
func TestInjectNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"main.version": true, "example.com/x/y.Version_2": true, "m/é.é": true, "command-line-arguments.x": true,
		"@file.x": false, "main.a\x00b": false, "main.": false, ".x": false, "main.2x": false, "main.a b": false,
		"main.a-b": false, "example.com/x": false, "-extld=./x.y": false, "../x.y": false, "main.x\n": false, "main._": false,
	} {
		_, errs := Parse(Repository, "f", []byte("version = 1\n[common.inject]\n"+tomlQuote(name)+" = \"1\"\n"))
		if (len(errs) == 0) != ok {
			t.Errorf("%q: got %v", name, errs)
		}
	}
}

func tomlQuote(s string) string {
	return "\"" + strings.NewReplacer("\x00", "\\u0000", "\n", "\\n").Replace(s) + "\""
}
