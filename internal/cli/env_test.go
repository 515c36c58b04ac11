package cli

import "testing"

func TestEnvList(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": threeEnvs,
		userPolicy():       "version = 1\n[env.mine]\nprotected = true\n[env.dev]\n",
	})
	want := `dev      goshim.toml:12:6             chosen by default (goshim.toml:2:11)
staging  goshim.toml:20:6
prod     goshim.toml:24:6  protected
mine     ` + shownAbsolute() + `:2:6  protected
`
	_, stdout, _ := s.run("env")
	_, listed, _ := s.run("env", "list")
	if stdout != listed {
		t.Errorf("env prints %q, env list %q", stdout, listed)
	}
	// The user's file has a longer name than the others: compare words.
	if diff := difference(words(want), words(stdout)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var list envList
	s.json(0, &list, "env", "--json")
	if diff := difference(choice{"dev", "default", &position{"goshim.toml", 2, 11}}, list.Chosen); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
	if got := len(list.Environments); got != 4 {
		t.Fatalf("%d environments, want 4", got)
	}
	dev := environment{"dev", true, false, []position{{"goshim.toml", 12, 6}, {shownAbsolute(), 4, 6}}}
	if diff := difference(dev, list.Environments[0]); diff != "" {
		t.Errorf("dev (-want +got):\n%s", diff)
	}
}

func TestEnvShow(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": threeEnvs,
		userPolicy():       "version = 1\n[common]\ntags = [\"mine\"]\n",
	})
	s.ok(`# dev, chosen by default (goshim.toml:2:11)
tags = [
  "mine",                # `+shownAbsolute()+`:3:9
  "devtools",            # goshim.toml:13:9
]
flags.build = ["-work"]  # goshim.toml:15:1
vars.CGO_ENABLED = "0"   # goshim.toml:18:1

# not applied
# goshim.toml:15:19  flags.build -toolexec=./tool  class C  goshim trust, and permit = ["-toolexec"] in `+shownUserPolicy()+`
# goshim.toml:17:1   vars.CC                       class C  goshim trust, and permit = ["CC"] in `+shownUserPolicy()+`
# goshim.toml:10:11  private                       class B  goshim trust
`, "env", "show")
	s.ends(2, "", "goshim: environment \"prd\" (from the command line) is not defined in goshim.toml (have dev, prod, staging)\n"+
		"goshim: hint: did you mean \"prod\"?\n", "env", "show", "prd")

	if status, _, _ := s.run("trust"); status != 0 {
		t.Fatal("not trusted")
	}
	s.ok(`# prod, chosen by the command line
mod = "readonly"                                              # goshim.toml:25:7
tags = ["mine"]                                               # `+shownAbsolute()+`:3:8
private = ["corp.example.com/*"]                              # goshim.toml:10:11
sumdb = { force = "sum.golang.org" }                          # goshim.toml:26:19
deny = [{ command = "get", reason = "use dev" }, "mod tidy"]  # goshim.toml:27:8
`, "env", "show", "prod")
}

func TestEnvShowJSON(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": `version = 1
default = "dev"
[env.dev]
protected = true
deny = ["get", { command = "mod tidy", reason = "no" }]
flags."mod tidy" = ["-v"]
vars.GOSUMDB = { force = "off" }
`})
	pos := func(line, col int) *position { return &position{"goshim.toml", line, col} }
	var got envShow
	s.json(0, &got, "env", "show", "--json")
	want := envShow{
		Environment: choice{"dev", "default", pos(2, 11)},
		Protected:   true,
		Settings: []setting{
			{"flags.mod tidy", "", []any{map[string]any{"value": "-v", "at": map[string]any{"file": "goshim.toml", "line": 6., "column": 21.}}}, pos(6, 7)},
			{"deny", "", []any{
				map[string]any{"value": "get", "at": map[string]any{"file": "goshim.toml", "line": 5., "column": 9.}},
				map[string]any{"value": "mod tidy", "reason": "no", "at": map[string]any{"file": "goshim.toml", "line": 5., "column": 28.}},
			}, pos(5, 8)},
			{"protected", "", true, pos(4, 13)},
		},
		Skipped: []skipped{{"vars.GOSUMDB", "B", pos(7, 6), "goshim trust"}},
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUse(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs, "repo/sub/x.go": "package x\n"})
	s.ends(2, "", "goshim: environment \"nightly\" (from the command line) is not defined in goshim.toml (have dev, prod, staging)\n", "use", "nightly")
	s.ok("environment staging, chosen by goshim env use\n", "use", "staging")
	s.ok("environment prod, chosen by goshim env use\n", "env", "use", "prod")

	s.dir = s.path("repo/sub")
	var list envList
	s.json(0, &list, "env", "--json")
	if list.Chosen.Name != "prod" {
		t.Errorf("below the checkout's root, %q is chosen", list.Chosen.Name)
	}
	s.dir = s.path("repo")

	// An environment that is gone can be replaced.
	s.write(map[string]string{"repo/goshim.toml": "version = 1\ndefault = \"dev\"\n[env.dev]\n"})
	s.ends(2, "", "goshim: environment \"prod\" (from goshim env use) is not defined in goshim.toml (have dev)\n"+
		"goshim: hint: goshim env use NAME chooses another\n", "env")
	s.ok("environment dev, chosen by default (goshim.toml:2:11)\n", "use", "--none")
	s.ok("environment dev, chosen by default (goshim.toml:2:11)\n", "use", "--none")

	s.set("GOSHIM_ENV", "dev")
	s.ok("environment dev, chosen by GOSHIM_ENV\n", "use", "dev")
}
