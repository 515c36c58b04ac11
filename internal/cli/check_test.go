package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// shownAbsolute is the path of the user's policy file as a position has it.
func shownAbsolute() string { return filepath.FromSlash("$WORK/" + userPolicy()) }

// words splits lines into words.
func words(text string) [][]string {
	var all [][]string
	for line := range strings.Lines(text) {
		all = append(all, strings.Fields(line))
	}
	return all
}

func TestCheckErrors(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": `version = 1
default = "dv"
[env.dev]
toolchian = "local"
mod = "vendr"
`})
	s.ends(1, `goshim.toml:4:1: error: unknown key "toolchian" in [env.dev]
	hint: did you mean "toolchain"?
goshim.toml:5:7: error: mod = "vendr" is not one of auto, mod, readonly, vendor
	hint: did you mean "vendor"?
`, "", "check")
	var got report
	s.json(1, &got, "check", "--json")
	want := report{Variables: []variableFault{}, Files: []string{"goshim.toml"}, Findings: []fault{
		{"error", "", nil, problem{`unknown key "toolchian" in [env.dev]`, &position{"goshim.toml", 4, 1}, `did you mean "toolchain"?`}},
		{"error", "", nil, problem{`mod = "vendr" is not one of auto, mod, readonly, vendor`, &position{"goshim.toml", 5, 7}, `did you mean "vendor"?`}},
	}}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckWarnings(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": "version = 1\ndefault = \"dev\"\n[env.dev]\nproxy = [\"https://proxy.example.com\"]\n[env.prod]\n",
		"repo/go.mod":      "module example.com/app\n\nrequire git.example.com/lib v1.0.0\n",
	})
	want := `go.mod:3:1: warning: "git.example.com/lib" looks private, and public services are asked for it [private-host]
	hint: if it is, add "git.example.com" to private
goshim.toml:4:9: warning: the list of proxies has no end rule (in dev) [proxy-end]
	hint: end it with "off" (the proxies have every module) or "direct" (the rest comes from its origin)
`
	s.ok(want, "check")
	s.ends(1, want, "", "check", "--strict")
	var got report
	s.json(1, &got, "check", "--strict", "--json")
	if diff := difference([]string{"dev"}, got.Findings[1].Envs); diff != "" || got.Findings[1].ID != "proxy-end" {
		t.Errorf("finding %+v", got.Findings[1])
	}
}

func TestCheckFiles(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml":  "version = 1\n",
		"other/some.toml":   "version = 1\nlock = []\n",
		"other/policy.toml": "version = 1\nlock = [\"mod\"]\n",
		userPolicy():        "version = 1\ndefault = \"dev\"\n",
	})
	s.ends(1, `error: environment "dev" (from default) is not defined in goshim.toml (have none)`+"\n", "", "check")
	s.ok("goshim.toml: no faults\n", "check", "goshim.toml")
	s.ends(1, "../other/some.toml:2:1: error: lock belongs to the user's or the system's policy file, not to a repository\n", "",
		"check", "../other/some.toml")
	s.ok("../other/policy.toml: no faults\n", "check", "../other/policy.toml")
	status, stdout, _ := s.run("check", "nowhere.toml")
	if status != 1 || !strings.HasPrefix(stdout, "nowhere.toml: error: reading the policy: ") {
		t.Errorf("status %d, stdout %q", status, stdout)
	}

	s.write(map[string]string{userPolicy(): "version = 1\n"})
	s.ok("goshim.toml, "+shownAbsolute()+": no faults\n", "check")
	s.set("GOSHIM", "off") // it is checked all the same
	s.ok("goshim.toml, "+shownAbsolute()+": no faults\n", "check")
}

func TestCheckNothing(t *testing.T) {
	s := newSandbox(t, nil)
	s.ends(2, "", filepath.FromSlash("goshim: no goshim.toml governs $WORK/repo\ngoshim: hint: goshim init writes one\n"), "check")
}

// A fault in a layer stops the go commands of its environments.
func TestCheckLayers(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": `version = 1
default = "dev"
[env.staging]
modfile = "go.staging.mod"
[env.dev]
inherits = "staging"
modfile = "go.dev.mod"
[env.local]
modfile = "go.local.mod"
[env.prod]
toolchain = "go1.99.9"
`,
		"repo/go.mod":         "module example.com/app\n",
		"repo/go.staging.mod": "\n//goshim:drop replace example.com/dep\n",
		"repo/go.dev.mod":     "",
	})
	want := `go.staging.mod:2:1: error: there is no replace example.com/dep to drop (in staging, dev)
	hint: remove the directive
goshim.toml:9:11: error: modfile go.local.mod is not there (in local)
	hint: create it; an empty one changes nothing
`
	s.ends(1, want, "", "check")
	s.write(map[string]string{"repo/go.staging.mod": "go 1.26\n", "repo/go.local.mod": "requires x\n"})
	s.ends(1, "go.local.mod:1:1: error: unknown directive: requires (in local)\n", "", "check")
	s.write(map[string]string{"repo/go.local.mod": "tool example.com/x\n"})
	s.ok("goshim.toml: no faults\n", "check")
}

// TestCheckVariables wants what the user's own variables are, should be, and why; and
// nothing of those that the policy sets.
func TestCheckVariables(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml":        "version = 1\ndefault = \"dev\"\n[env.dev]\nsumdb = \"sum.golang.google.cn\"\n[env.forced]\nproxy = [\"https://p.example.com\", \"off\"]\nmod = \"vendor\"\n",
		"repo/go.mod":             "module example.com/app\n",
		"repo/vendor/modules.txt": "",
		"home/.config/go/env":     "GOPROXY=https://u:secret@a.example.com\n",
	})
	s.run("trust")
	s.set("GOENV", s.path("home/.config/go/env"))
	s.set("GOSUMDB", "off")
	s.set("GOPRIVATE", "https://corp.example.com/*")
	status, stdout, stderr := s.run("check")
	want := `goshim.toml: no faults

your own variables
  VARIABLE   FOUND                            FROM                           WANTED                                    WHY
  GOPROXY    https://xxxxx@a.example.com      $WORK/home/.config/go/env:1:1  https://xxxxx@a.example.com,off           it does not say what happens if no proxy has a module: off, or direct for its origin [own-proxy-end]
  GOSUMDB    off                              the environment                sum.golang.google.cn                      nobody checks a module that go.sum does not have [own-sumdb-off]
  GOPRIVATE  https://corp.example.com/*       the environment                "corp.example.com/*", which matches all modules below it too  module pattern "https://corp.example.com/*" matches no module path [own-pattern]
  GOFLAGS    -                                the go command's default       mod = "vendor" or "readonly" in goshim.toml  whether vendor/ is built from depends on whether it is there and on the go line of go.mod [own-mod]
`
	if diff := difference(words(filepath.ToSlash(want)), words(filepath.ToSlash(stdout))); diff != "" || status != 0 {
		t.Errorf("status %d, stderr %q (-want +got):\n%s", status, stderr, diff)
	}
	if status, _, _ := s.run("check", "--strict"); status != 1 {
		t.Errorf("--strict: status %d", status)
	}
	s.set("GOSHIM_ENV", "forced")
	s.set("GOSUMDB", "sum.golang.org")
	s.set("GOPRIVATE", "corp.example.com/*")
	s.ok("goshim.toml: no faults\n", "check", "--strict")
}
