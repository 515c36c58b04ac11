package shim

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A repo is a folder with a policy, and a toolchain that does nothing.
type repo struct {
	t    *testing.T
	dir  string
	root string // of the toolchain
}

func newRepo(t *testing.T, goshimTOML string) *repo {
	t.Helper()
	work := t.TempDir()
	r := &repo{t, filepath.Join(work, "repo"), filepath.Join(work, "goroot")}
	r.write("goroot/bin/go"+exeSuffix(), "")
	r.write("goroot/pkg/tool/x", "")
	r.write("goroot/VERSION", "go1.26.8\n")
	r.write("goroot/go.env", "GOPROXY=https://goproxy.example.com,direct\nGOSUMDB=sum.golang.org\nGOTOOLCHAIN=auto\n")
	r.write("repo/.git/HEAD", "ref: refs/heads/main\n")
	r.write("repo/go.mod", "module m\n")
	if goshimTOML != "" {
		r.write("repo/goshim.toml", "version = 1\n"+goshimTOML)
	}
	return r
}

func (r *repo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(filepath.Dir(r.dir), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o777); err != nil {
		r.t.Fatal(err)
	}
}

// resolve returns the arguments and the changed variables, a word or line
// each, or the error.
func (r *repo) resolve(command string, env ...string) string {
	inv := Invocation{
		Args: strings.Fields(command),
		Dir:  r.dir,
		Env:  append([]string{"PATH=" + filepath.Join(r.root, "bin"), "GOENV=off"}, env...),
		Self: filepath.Join(r.dir, "nowhere"),
	}
	plan, err := Resolve(inv)
	if err != nil {
		return "error: " + err.Error()
	}
	if plan.Path != filepath.Join(r.root, "bin", "go"+exeSuffix()) || plan.Args[0] != plan.Path {
		r.t.Errorf("got path %s and argv[0] %s", plan.Path, plan.Args[0])
	}
	lines := []string{strings.Join(plan.Args[1:], " ")}
	for _, kv := range plan.Env {
		if !slices.Contains(inv.Env, kv) {
			lines = append(lines, kv)
		}
	}
	return strings.Join(lines, "\n")
}

func TestResolve(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths in the wanted texts")
	}
	tests := []struct {
		name, policy, command, env, want string
	}{
		{"no policy", "", "build -o x ./... -v", "", "build -o x ./... -v"},
		{"no command", "[common]\nmod = \"readonly\"\n", "", "", ""},
		{"unknown command", "[common]\nmod = \"readonly\"\n", "biuld ./...", "", "biuld ./..."},
		{"a flag before the command", "[common]\nmod = \"readonly\"\n", "-x build", "", "-x build"},
		{"behind -C", "[common]\nflags.build = [\"-race\"]\n", "-C . build -v", "", "-C . build -race -v"},
		{"behind a late -C", "[common]\nflags.\"mod tidy\" = [\"-v\"]\n", "mod -C=. tidy", "GOPROXY=off", "mod -C=. tidy -v"},
		{"double dash", "[common]\nflags.build = [\"-race\"]\n", "build -- -x", "", "build -race -- -x"},
		{"typed twice", "[common]\ntags = [\"p\"]\n", "build -tags=a -tags=b", "", "build -tags=a -tags=p,b\nGOFLAGS=-tags=p"},
		{"gcflags of the same pattern", "[common]\nflags.build = [\"-gcflags=all=-N\"]\n", "build -gcflags=all=-l", "", "build -gcflags=all=-N -l"},
		{"gcflags for all", "[common]\nflags.build = [\"-gcflags=all=-N\"]\n", "build -gcflags=-l", "", "build -gcflags=all=-N -gcflags=-N -l"},
		{"gcflags hidden by all", "[common]\nflags.build = [\"-gcflags=-N\"]\n", "build -gcflags=all=-l", "", "build -gcflags=all=-l -gcflags=-N -l"},
		{"gcflags of another pattern", "[common]\nflags.build = [\"-gcflags=-N\"]\n", "build -gcflags=x/...=-l", "", "build -gcflags=-N -gcflags=x/...=-l"},
		{
			"ldflags of GOFLAGS and typed", "[common]\nflags.build = [\"-ldflags=-s\"]\n", "build -ldflags=x=-X=a.b=c", "GOFLAGS=-ldflags=-w",
			"build -ldflags=-s -w -ldflags=x=-X=a.b=c",
		},
		{"malformed ldflags", "[common]\nflags.build = [\"-ldflags=-s\"]\n", "build -ldflags=x", "", "build -ldflags=x"},
		{"flags are not for p@v", "[common]\nflags.install = [\"-ldflags=-s\", \"-v\"]\n", "install x@v1.0.0", "GOPROXY=off", "install x@v1.0.0"},
		{"GOFLAGS for p@v", "[common]\nvars.GOFLAGS = { append = \"-x -tags=a -trimpath -buildmode=pie\" }\n", "install x@v1.0.0", "GOPROXY=off", "install x@v1.0.0\nGOFLAGS=-x"},
		{
			"GOFLAGS adds what is not there", "[common]\nvars.GOFLAGS = { append = \"-trimpath=false -tags=a -x\" }\n", "build", "GOFLAGS=-trimpath -tags=b",
			"build\nGOFLAGS=-trimpath -tags=a,b -x",
		},
		{"forced ldflags", "[common]\nflags.build = { force = [\"-ldflags=-s\"] }\n", "build -ldflags=x=-w", "", "build -ldflags=-s -ldflags=x=-s -w"},
		{
			"forced ldflags and an empty pattern", "[common]\nflags.build = { force = [\"-ldflags=-s\"] }\n", "build -ldflags=./...=", "",
			"error: goshim.toml:3:26: -ldflags is forced, but the caller has an empty one",
		},
		{"forced mod without modules", "[common]\nmod = { force = \"readonly\" }\n", "build", "GO111MODULE=off", "error: goshim.toml:3:17: -mod=readonly is forced, but GO111MODULE=off"},
		{"proxies behind direct", "[common]\nnetwork = \"proxy-only\"\n", "list", "GOPROXY=direct,https://x.example.com", "list\nGOPROXY=off\nGOVCS=*:off\nGONOPROXY=none"},
		{"private forced", "[common]\nprivate = { force = [\"a\"] }\n", "list", "GOPRIVATE=b", "list"}, // not trusted
		{"forced tags", "[common]\ntags = { force = [\"must\"] }\n", "build -tags=", "", "error: goshim.toml:3:18: -tags is forced, but the command line has an empty one"},
		{"forced test flag", "[common]\nflags.test = { force = [\"-count=1\"] }\n", "test -test.count=3", "", "error: goshim.toml:3:25: -count=1 is forced, but the command line has -count=3"},
		{"forced boolean", "[common]\nflags.build = { force = [\"-trimpath\"] }\n", "build -trimpath=1", "", "build -trimpath=1"},
		{"denied by GOFLAGS", "[common]\ndeny = [\"build -race\"]\n", "build", "GOFLAGS=-race", `error: goshim.toml:3:9: go build is not allowed`},
		{"unknown and not allowed", "[common]\nallow = [\"build\"]\n", "biuld", "", `error: goshim.toml:3:9: go biuld is not allowed`},
		{
			"proxies with blanks", "[common]\nnetwork = \"proxy-only\"\n", "list", "GOPROXY=https://a.example.com, direct",
			"list\nGOPROXY=https://a.example.com\nGOVCS=*:off\nGONOPROXY=none",
		},
		{"private modules stay hidden", "[common]\nnetwork = \"proxy-only\"\n", "list", "GOPRIVATE=corp.example.com", "list\nGOPROXY=https://goproxy.example.com\nGOVCS=*:off"},
		{"the caller's toolchain", "[common]\ntoolchain = \"local\"\n", "list", "GOTOOLCHAIN=path", "list"},
		{"ldflags of GOFLAGS", "[common]\nflags.build = [\"-ldflags=-s\"]\n", "build", "GOFLAGS=-ldflags=-w", "build -ldflags=-s -w"},
		{"a flag of GOFLAGS", "[common]\nflags.build = [\"-race\"]\n", "build", "GOFLAGS=-race=false", "build"},
		{"malformed GOFLAGS", "[common]\ntags = [\"p\"]\nvars.GOFLAGS = { append = \"-v\" }\n", "build", "GOFLAGS='open", "build"},
		{"tags are not for p@v", "[common]\ntags = [\"p\"]\n", "run x@v1.0.0 -tags=b", "GOPROXY=off", "run x@v1.0.0 -tags=b"},
		{"program arguments", "[common]\ntags = [\"p\"]\n", "run . -tags=b", "", "run . -tags=b\nGOFLAGS=-tags=p"},
		{"test arguments", "[common]\nflags.test = [\"-count=1\"]\n", "test . -args -count=2", "", "test -count=1 . -args -count=2"},
		{"network", "[common]\nnetwork = \"proxy-only\"\n", "list", "", "list\nGOPROXY=https://goproxy.example.com\nGOVCS=*:off\nGONOPROXY=none"},
		{"no network", "[common]\nnetwork = \"deny\"\n", "list", "", "list\nGOPROXY=off\nGOVCS=*:off\nGONOPROXY=none\nGODEBUG=cmdgonetlimit=0"},
		{
			"no network but files", "[common]\nnetwork = \"deny\"\n", "list", "GOPROXY=file:///a|https://x,file:///b",
			"list\nGOPROXY=file:///a|file:///b\nGOVCS=*:off\nGONOPROXY=none\nGODEBUG=cmdgonetlimit=0",
		},
		{"the default proxy, named, needs trust", "[common]\nproxy = [\"https://goproxy.example.com\"]\n", "list", "", "list"}, // it would be no stranger
		{"other proxies do", "[common]\nproxy = [\"https://other.example.com\"]\n", "list", "", "list"},
		{"vendor without vendor", "[common]\nmod = \"vendor\"\n", "build", "", "build -mod=vendor"}, // go.mod requires nothing
		{"vendor is not for p@v", "[common]\nmod = \"vendor\"\n", "install x@v1.0.0", "GOPROXY=off", "install x@v1.0.0"},
		{"vendor and questions", "[common]\nmod = \"vendor\"\n", "list -m -u x", "", "list -mod=readonly -m -u x"},
		{"-v would break -json", "[common]\nflags.test = [\"-v\", \"-count=1\"]\n", "test -json .", "", "test -count=1 -json ."},
		{"-v of GOFLAGS would break -json", "[common]\nvars.GOFLAGS = { append = \"-v -x\" }\n", "test -json .", "", "test -json .\nGOFLAGS=-x"},
		{"-json of GOFLAGS", "[common]\nflags.test = [\"-v\"]\n", "test .", "GOFLAGS=-json", "test ."},
		{"-v beside -json=false", "[common]\nflags.test = [\"-v\"]\n", "test -json=false .", "", "test -v -json=false ."},
		{"-json beside -f", "[common]\nflags.list = [\"-json\"]\n", "list -f {{.Dir}}", "", "list -f {{.Dir}}"},
		{"-race without cgo", "[common]\nflags.build = [\"-race\", \"-x\"]\n", "build", "CGO_ENABLED=0", "build -x"},
		{"-race for another system", "[common]\nflags.build = [\"-race\"]\n", "build", "GOOS=plan9", "build"},
		{"-race and -covermode", "[common]\nflags.test = [\"-covermode=set\"]\n", "test -race", "", "test -race"},
		{
			"forced -race without cgo", "[common]\nflags.build = { force = [\"-race\"] }\n", "build", "CGO_ENABLED=0",
			"error: goshim.toml:3:26: -race is forced, but CGO_ENABLED=0",
		},
		{"denied by GOFLAGS of env", "[common]\ndeny = [\"env -w\"]\n", "env GOPROXY=off", "GOFLAGS=-w", "error: goshim.toml:3:9: go env is not allowed"},
		{"env of GOFLAGS", "[common]\nvars.GOGC = \"5\"\n", "env GOPROXY", "GOFLAGS=-u", "env GOPROXY"},
		{"list -m of GOFLAGS", "[common]\nmod = \"vendor\"\n", "list all", "GOFLAGS=-m", "list -mod=readonly all"},
		{"offline query of GOFLAGS", "[common]\nnetwork = \"deny\"\n", "list x@latest", "GOFLAGS=-m", "error: goshim.toml:3:11: go list is not allowed: \"x@latest\" asks the network; an exact version may be in the module cache"},
		{"clean on CI", "[common]\n", "clean -modcache", "CI=true", "error: go clean -modcache deletes every module of this machine, and CI=true"},
		{"clean of GOFLAGS without a network", "[common]\nnetwork = \"deny\"\n", "clean", "GOFLAGS=-modcache", "error: goshim.toml:3:11: go clean -modcache deletes every module of this machine, and network = \"deny\" cannot fetch them again"},
		{"clean -n on CI", "[common]\n", "clean -n -modcache", "CI=true", "clean -n -modcache"},
		{"clean -cache on CI", "[common]\n", "clean -cache", "CI=true", "clean -cache"},
		{"clean elsewhere", "[common]\n", "clean -modcache", "CI=false", "clean -modcache"},
		{"GOPATH mode", "[common]\n", "build", "GO111MODULE=off", "build"},
		{
			"GOPATH mode, protected", "[common]\nprotected = true\n", "build", "GO111MODULE=off",
			"error: GO111MODULE=off: go build would work without modules, go.mod and go.sum",
		},
		{"GOPATH mode of an editor, protected", "[common]\nprotected = true\n", "list -e -f {{context.ReleaseTags}} -- unsafe", "GO111MODULE=off", "list -e -f {{context.ReleaseTags}} -- unsafe"},
		{"GOPATH mode and no packages, protected", "[common]\nprotected = true\n", "mod edit", "GO111MODULE=off", "mod edit"},
		{"denied", "[common]\ndeny = [\"get\"]\n", "get x", "", `error: goshim.toml:3:9: go get is not allowed`},
		{"denied behind a double dash", "[common]\ndeny = [\"get\"]\n", "-- get x", "", `error: goshim.toml:3:9: go get is not allowed`},
		{"env answers", "[common]\nallow = [\"build\"]\n", "env GOOS", "", "env GOOS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var env []string
			if tt.env != "" {
				env = append(env, tt.env)
			}
			if diff := cmp.Diff(tt.want, newRepo(t, tt.policy).resolve(tt.command, env...)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestResolveLeavesEnvironment wants an environment without a policy to be
// handed on as it is, odd entries included.
func TestResolveLeavesEnvironment(t *testing.T) {
	r := newRepo(t, "")
	env := []string{"A=1", "A=2", "=odd", "noequals", "EMPTY=", "BAD=\xff", "PATH=" + filepath.Join(r.root, "bin"), "GOENV=off"}
	plan, err := Resolve(Invocation{Args: []string{"build"}, Dir: r.dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(env, plan.Env); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestProgramName(t *testing.T) {
	for pkg, want := range map[string]string{
		"example.com/tool": "tool", "example.com/tool/v2": "tool", "example.com/m/cmd/vet": "vet", "example.com/v2/version": "version",
	} {
		if got := programName(pkg); got != want {
			t.Errorf("programName(%q) = %q, want %q", pkg, got, want)
		}
	}
}
