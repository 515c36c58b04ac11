package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/policy"
)

// require returns a module that requires those with the given paths, each in
// a line of its own.
func require(paths ...string) []Module {
	m := Module{Path: "example.com/app"}
	for i, path := range paths {
		m.Requires = append(m.Requires, leak.Name{Path: path, Pos: diag.Pos{File: "go.mod", Line: i + 1, Col: 1}})
	}
	return []Module{m}
}

func TestRun(t *testing.T) {
	tests := []struct {
		name    string
		toml    string // behind version and default
		modules []Module
		want    []string // "ID line" or "ID line environments"
	}{
		{"proxy-end/fires", "[env.dev]\nproxy = ['https://a.example.com', 'https://b.example.com']", nil, []string{"proxy-end 4"}},
		{"proxy-end/off", "[env.dev]\nproxy = ['https://a.example.com', 'off']", nil, nil},
		{"proxy-end/direct", "[env.dev]\nproxy = ['direct']", nil, nil},
		{"proxy-end/empty", "[env.dev]\nproxy = []", nil, nil},
		{"proxy-end/vars", "[env.dev]\nproxy = ['off']\n[env.dev.vars]\nGOPROXY = 'https://a.example.com|https://b.example.com'", nil, []string{"proxy-end 6"}},
		{"proxy-end/vars silent", "[env.dev.vars]\nGOPROXY = 'https://a.example.com|direct'", nil, nil},
		{"proxy-end/the network setting ends it", "[env.dev]\nnetwork = 'proxy-only'\nproxy = ['https://a.example.com']", nil, nil},
		{"proxy-end/inherited is reported once", "[common]\nproxy = ['https://a.example.com']\n[env.dev]\n[env.ci]", nil, []string{"proxy-end 4"}},
		{"proxy-end/in one of two", "[env.dev]\nproxy = ['https://a.example.com']\n[env.ci]", nil, []string{"proxy-end 4 dev"}},
		{"proxy-end/no environments", "[common]\nproxy = ['https://a.example.com']", nil, []string{"proxy-end 4"}},

		{"flag-contradiction/json and f", "[env.dev]\nflags.list = ['-json', '-f={{.Dir}}']", nil, []string{"flag-contradiction 4"}},
		{"flag-contradiction/GOFLAGS", "[env.dev]\nvars.GOFLAGS = '-race'\nflags.build = ['-msan']", nil, []string{"flag-contradiction 5"}},
		{"flag-contradiction/no cgo", "[common]\nflags.test = ['-race']\n[env.dev]\n[env.ci]\nvars.CGO_ENABLED = '0'", nil, []string{"flag-contradiction 4 ci"}},
		{"flag-contradiction/no such system", "[env.dev]\nflags.test = ['-race']\nvars.GOOS = 'js'\nvars.GOARCH = 'wasm'", nil, []string{"flag-contradiction 4"}},
		{"flag-contradiction/off", "[env.dev]\nflags.test = ['-race=false', '-json']\nvars.CGO_ENABLED = '0'", nil, nil},

		{"private-host/fires", "[env.dev]", require("git.example.com/lib"), []string{"private-host 1"}},
		{"private-host/covered", "[env.dev]\nprivate = ['git.example.com']", require("git.example.com/lib"), nil},
		{"private-host/covered by vars", "[env.dev.vars]\nGOPRIVATE = 'git.example.com/*'", require("git.example.com/lib"), nil},
		{"private-host/in one of two", "[env.dev]\n[env.ci]\nprivate = ['git.example.com']", require("git.example.com/lib"), []string{"private-host 1 dev"}},
		{"private-host/an empty list hides none", "[env.dev]\nprivate = ['git.example.com']\nno_sumdb = []", require("git.example.com/lib"), []string{"private-host 1", "private-told 4"}},
		{"private-host/own services", "[env.dev]\nproxy = ['https://proxy.example.com', 'off']\nsumdb = 'off'", require("git.example.com/lib"), nil},
		{"private-host/own proxy, public sumdb", "[env.dev]\nproxy = ['https://proxy.example.com', 'off']", require("git.example.com/lib"), []string{"private-host 1"}},
		{"private-host/public proxy, no sumdb", "[env.dev]\nsumdb = 'off'", require("git.example.com/lib"), []string{"private-host 1"}},
		{"private-host/no network", "[env.dev]\nnetwork = 'deny'", require("git.example.com/lib"), nil},
		{"private-host/a route of its own", "[env.dev]\nsumdb = 'off'\n[env.dev.routes]\n'git.example.com' = ['https://p.example.com']", require("git.example.com/lib"), nil},
		{"private-host/public", "[env.dev]", require("github.com/a/b", "rsc.io/quote"), nil},

		{"private-host/internal", "[env.dev]\ninternal_hosts = ['acme.example']", require("code.acme.example/lib"), []string{"private-host 1"}},

		{"private-told/fires", "[env.dev]\nprivate = ['acme.example']\nno_proxy = []\nno_sumdb = []", nil, []string{"private-told 4"}},
		{"private-told/the proxy named", "[env.dev]\nprivate = ['acme.example']\nno_proxy = []\nproxy = ['https://public.example.com', 'direct']", nil, []string{"private-told 4"}},
		{"private-told/routed", "[env.dev]\nprivate = ['acme.example']\n[env.dev.routes]\n'acme.example' = ['public.example.com']", nil, []string{"private-told 4"}},
		{"private-told/routed to their own", "[env.dev]\nprivate = ['acme.example']\nno_proxy = []\n[env.dev.routes]\n'acme.example' = ['https://own.example.com']", nil, nil},
		{"private-told/the database only", "[env.dev]\nprivate = ['acme.example']\nno_sumdb = []", nil, []string{"private-told 4"}},
		{"private-told/own services", "[env.dev]\nprivate = ['acme.example']\nno_proxy = []\nproxy = ['https://own.example.com', 'off']", nil, nil},
		{"private-told/other patterns cover it", "[env.dev]\nprivate = ['acme.example/x']\nno_proxy = ['acme.example']\nno_sumdb = ['acme.example']", nil, nil},
		{"private-told/vars", "[env.dev.vars]\nGOPRIVATE = 'acme.example'\nGONOPROXY = 'none'", nil, []string{"private-told 4"}},
		{"private-told/no network", "[env.dev]\nnetwork = 'deny'\nprivate = ['acme.example']\nno_proxy = []", nil, nil},
		{"vendor-sum-name/fires", "[env.dev]\nmodfile = 'vendor.mod'", nil, []string{"vendor-sum-name 4"}},
		{"vendor-sum-name/in a directory", "[env.dev]\nmodfile = 'sub/vendor.mod'", nil, []string{"vendor-sum-name 4"}},
		{"vendor-sum-name/another", "[env.dev]\nmodfile = 'go.vendor.mod'", nil, nil},

		{"dead-route/fires", "[env.dev.routes]\n'git.example.com/*' = ['direct']\n'git.example.com/team' = ['off']", nil, []string{"dead-route 5"}},
		{"dead-route/narrower first", "[env.dev.routes]\n'git.example.com/team' = ['off']\n'git.example.com/*' = ['direct']", nil, nil},
		{"dead-route/an own one before an inherited one", "[common.routes]\n'git.example.com/team' = ['off']\n[env.dev.routes]\n'git.example.com/*' = ['direct']", nil, nil},

		{"sumdb-off/fires", "[env.dev]\n[env.prod]\nsumdb = 'off'", nil, []string{"sumdb-off 5 prod"}},
		{"sumdb-off/protected by key", "[env.dev]\nprotected = true\nsumdb = 'off'", nil, []string{"sumdb-off 5"}},
		{"sumdb-off/vars", "[env.prod.vars]\nGOSUMDB = { force = 'off' }\n[env.dev]", nil, []string{"sumdb-off 4 prod"}},
		{"sumdb-off/not protected", "[env.dev]\nsumdb = 'off'", nil, nil},
		{"sumdb-off/protection lifted", "[env.dev]\n[env.prod]\nprotected = false\nsumdb = 'off'", nil, nil},
		{"sumdb-off/on", "[env.dev]\nprotected = true\nsumdb = 'sum.golang.org'", nil, nil},

		{"no-sumdb/fires", "[env.dev]\nno_proxy = ['corp.example.com/*']", nil, []string{"no-sumdb 4"}},
		{"no-sumdb/vars", "[env.dev.vars]\nGONOPROXY = 'corp.example.com/*'", nil, []string{"no-sumdb 4"}},
		{"no-sumdb/has both", "[env.dev]\nno_proxy = ['corp.example.com/*']\nno_sumdb = ['corp.example.com/*']", nil, nil},
		{"no-sumdb/private", "[env.dev]\nprivate = ['corp.example.com/*']\nno_proxy = ['corp.example.com/*']", nil, nil},
		{"no-sumdb/below private", "[env.dev]\nprivate = ['corp.example.com']\nno_proxy = ['corp.example.com/x']", nil, []string{"private-told 4"}},
		{"no-sumdb/no database", "[env.dev]\nsumdb = 'off'\nno_proxy = ['corp.example.com/*']", nil, nil},
		{"no-sumdb/none", "[env.dev.vars]\nGONOPROXY = 'none'", nil, nil},

		{"unused-pattern/fires", "[env.dev]\nprivate = ['lbi.example.com']", require("lib.example.com/x"), []string{"unused-pattern 4"}},
		{"unused-pattern/in common", "[common]\nno_sumdb = ['crop.example.com']\n[env.dev]\n[env.ci]", require(), []string{"unused-pattern 4"}},
		{"unused-pattern/requirement", "[env.dev]\nprivate = ['corp.example.com/*']", require("corp.example.com/lib"), nil},
		{"unused-pattern/own path", "[env.dev]\nprivate = ['example.com']", require(), nil},
		{"unused-pattern/go.sum", "[env.dev]\nprivate = ['*.example.net']", []Module{{Path: "a", Sums: []string{"x.example.net/y"}}}, nil},
		{"unused-pattern/no modules", "[env.dev]\nprivate = ['crop.example.com']", nil, nil},

		{"stray-quotes/vars", "[env.dev.vars]\nNAME = \"'x'\"", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/quoted twice", "[env.dev.vars]\nNAME = '\"a b\"'", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/unpaired", "[env.dev.vars]\nNAME = \"x'\"", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/flag", "[env.dev.flags]\ntest = [\"-run='^TestX$'\"]", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/linker flags", "[env.dev.flags]\nbuild = [\"-ldflags='-s -w'\"]", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/compiler", "[env.dev.vars]\nCC = \"'clang'\"", nil, []string{"stray-quotes 4"}},
		{"stray-quotes/none", "[env.dev.vars]\nNAME = 'x'", nil, nil},
		{"stray-quotes/apostrophe", "[env.dev.vars]\nNAME = \"it's\"", nil, nil},
		{"stray-quotes/inner words", "[env.dev.flags]\nbuild = [\"-ldflags=-X 'main.v=a b'\"]", nil, nil},
		{"stray-quotes/one word with spaces", "[env.dev.vars]\nCC = \"'/opt/my tools/cc'\"\nGOFLAGS = \"'-ldflags=-s -w'\"", nil, nil},

		{"dead-select/fires", "[env.dev]\n[[select]]\nenv = 'dev'\nbranch = ['main', 'v*']\n[[select]]\nenv = 'dev'\nbranch = ['v*']", nil, []string{"dead-select 7"}},
		{"dead-select/narrower", "[env.dev]\n[[select]]\nenv = 'dev'\ntag = ['v*']\n[[select]]\nenv = 'dev'\ntag = ['v*']\nvar = { CI = 'true' }", nil, []string{"dead-select 7"}},
		{"dead-select/any value", "[env.dev]\n[[select]]\nenv = 'dev'\nvar = { CI = '*' }\n[[select]]\nenv = 'dev'\nvar = { CI = 'true' }", nil, []string{"dead-select 7"}},
		{"dead-select/wider", "[env.dev]\n[[select]]\nenv = 'dev'\nbranch = ['main']\nvar = { CI = 'true' }\n[[select]]\nenv = 'dev'\nbranch = ['main']", nil, nil},
		{"dead-select/other value", "[env.dev]\n[[select]]\nenv = 'dev'\nvar = { CI = 'a' }\n[[select]]\nenv = 'dev'\nvar = { CI = 'b' }", nil, nil},
		{"dead-select/other fact", "[env.dev]\n[[select]]\nenv = 'dev'\nbranch = ['v1']\n[[select]]\nenv = 'dev'\ntag = ['v1']", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head := "version = 1\ndefault = 'dev'\n"
			if !strings.Contains(tt.toml, "[env.") {
				head = "version = 1\n\n"
			}
			f, errs := policy.Parse(policy.Repository, policy.FileName, []byte(head+tt.toml))
			for _, e := range errs {
				t.Fatal(e)
			}
			var got []string
			for _, finding := range Run(f, tt.modules, "https://public.example.com") {
				got = append(got, summary(finding))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func summary(f Finding) string {
	line := strings.Split(f.Pos.String(), ":")[1]
	return strings.TrimSpace(f.ID + " " + line + " " + strings.Join(f.Envs, ","))
}

func TestModules(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"go.mod": `module example.com/app
require (
	example.com/a v1.0.0
	example.com/local v1.0.0
	example.com/old v1.0.0
)
replace example.com/local => ./local
replace example.com/old => example.com/other v1.2.0
`,
		"go.sum":                    "example.com/a v1.0.0 h1:x\nexample.com/a v1.0.0/go.mod h1:x\nexample.com/b v1.0.0/go.mod h1:x\n",
		"local/go.mod":              "module example.com/local\n",
		"broken/go.mod":             "modul\n",
		"testdata/go.mod":           "module example.com/testdata\n",
		"vendor/x/go.mod":           "module example.com/vendored\n",
		".hidden/go.mod":            "module example.com/hidden\n",
		"other/" + policy.FileName:  "version = 1\n",
		"other/go.mod":              "module example.com/governed/elsewhere\n",
		"policy/" + policy.FileName: "version = 1\n",
	})
	pos := func(line int) diag.Pos { return diag.Pos{File: "go.mod", Line: line, Col: 2} }
	want := []Module{
		{
			Path:     "example.com/app",
			Requires: []leak.Name{{Path: "example.com/a", Pos: pos(3)}, {Path: "example.com/other", Pos: pos(5)}},
			Sums:     []string{"example.com/a", "example.com/b"},
		},
		{Path: "example.com/local"},
	}
	if diff := cmp.Diff(want, Modules(dir, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	around := Modules(filepath.Join(dir, "policy"), dir)
	if diff := cmp.Diff(want[:1], around); diff != "" {
		t.Errorf("below a module (-want +got):\n%s", diff)
	}
	if files, ok := goMods(dir, 2); ok {
		t.Errorf("in more directories than the limit: found %q", files)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
