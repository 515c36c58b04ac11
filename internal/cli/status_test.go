package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

const notInPath = "warning: the shim is not in PATH: policies hold for no go command\n\thint: goshim setup installs it; then open a new shell\n"

// withShim puts a file that has the mark of the shim first in PATH.
func (s *sandbox) withShim() {
	s.write(map[string]string{
		"shim/bin/go" + exeSuffix(): "binary github.com/goshim/goshim/shim: this file is a shim, not a go command",
	})
	s.set("PATH", s.path("shim/bin")+string(filepath.ListSeparator)+s.path("goroot/bin"))
}

func TestStatus(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs})
	s.withShim()
	s.set("GOSHIM_ENV", "staging")
	shim := filepath.FromSlash("$WORK/shim/bin/go" + exeSuffix())
	s.ok(`policy       goshim.toml
environment  staging, chosen by GOSHIM_ENV
trust        not trusted: 3 settings not applied (goshim trust --show)
real go      `+realGoPath()+` (go1.26.8, from PATH)
go in PATH   `+shim+` (the shim)
switch       GOSHIM_ENV=staging
`, "status")
	s.run("trust")
	_, stdout, _ := s.run("status")
	if want := "trust        trusted by goshim trust; 2 settings that you do not permit not applied (goshim trust --show)\n"; !strings.Contains(stdout, want) {
		t.Errorf("stdout %q has no %q", stdout, want)
	}
}

func TestStatusNoPolicy(t *testing.T) {
	s := newSandbox(t, nil)
	s.ok("policy      none: go commands run unchanged\nreal go     "+realGoPath()+" (go1.26.8, from PATH)\ngo in PATH  "+realGoPath()+"\n"+notInPath, "status")
}

func TestStatusOff(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs})
	s.set("GOSHIM", "off")
	_, stdout, _ := s.run("status")
	if want := "policy      goshim.toml, switched off by GOSHIM=off\n"; !strings.HasPrefix(stdout, want) {
		t.Errorf("stdout %q", stdout)
	}
}

func TestStatusErrors(t *testing.T) {
	tests := []struct {
		name, toml string
		set        [2]string
		want       string // the line of the error, and its hint
	}{
		{"fault", "version = 1\ndefalt = \"dev\"\n", [2]string{}, "goshim.toml:2:1: error: unknown key \"defalt\"\n\thint: did you mean \"default\"?\n"},
		{
			"unknown environment", threeEnvs,
			[2]string{"GOSHIM_ENV", "prd"},
			"error: environment \"prd\" (from GOSHIM_ENV) is not defined in goshim.toml (have dev, prod, staging)\n\thint: did you mean \"prod\"?\n",
		},
		{
			"protected", threeEnvs,
			[2]string{"GOSHIM_ENV", "prod"},
			"goshim.toml:10:11: error: environment \"prod\" is protected, and private is not trusted\n" +
				"\thint: goshim trust --show, then goshim trust; in CI, set GOSHIM_TRUST to the hash\n",
		},
		{
			"hash", threeEnvs,
			[2]string{"GOSHIM_TRUST", "0"},
			"but GOSHIM_TRUST expects \"0\"\n\thint: goshim trust --show prints what the file asks for\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSandbox(t, map[string]string{"repo/goshim.toml": tt.toml})
			s.set(tt.set[0], tt.set[1])
			status, stdout, stderr := s.run("status")
			if status != 1 || !strings.Contains(stdout, tt.want) || stderr != "" {
				t.Errorf("status %d, stdout %s, stderr %s; want %s", status, stdout, stderr, tt.want)
			}
		})
	}
}

func TestStatusRealGo(t *testing.T) {
	s := newSandbox(t, nil)
	s.set("GOSHIM_REAL_GO", s.path("nowhere"))
	status, stdout, _ := s.run("status")
	if status != 1 || !strings.Contains(stdout, "(from GOSHIM_REAL_GO) is not there\n\thint: ") {
		t.Errorf("status %d, stdout %s", status, stdout)
	}
}

func TestStatusPath(t *testing.T) {
	s := newSandbox(t, nil)
	s.withShim()
	s.set("PATH", s.path("goroot/bin")+string(filepath.ListSeparator)+s.path("shim/bin"))
	shim := filepath.FromSlash("$WORK/shim/bin/go" + exeSuffix())
	_, stdout, _ := s.run("status")
	if want := "warning: " + realGoPath() + " stands before the shim in PATH, " + shim + "\n\thint: move the shim's directory to the front of PATH\n"; !strings.HasSuffix(stdout, want) {
		t.Errorf("stdout %q does not end with %q", stdout, want)
	}
	var got status
	s.json(0, &got, "status", "--json")
	if diff := difference([]pathGo{{realGoPath(), false}, {shim, true}}, got.Path); diff != "" {
		t.Errorf("path (-want +got):\n%s", diff)
	}
}

func TestStatusJSON(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": "version = 1\ndefault = \"dev\"\n[env.dev]\ninherits = \"base\"\nsumdb = \"off\"\nmodfile = \"go.dev.mod\"\n[env.base]\nmodfile = \"go.base.mod\"\n", "repo/go.mod": "module m\n"})
	s.withShim()
	s.run("trust")
	_, stdout, _ := s.run("status")
	if want := "\nmodfile      go.dev.mod over go.base.mod\n"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in %s", want, stdout)
	}
	var got status
	s.json(0, &got, "status", "--json")
	want := status{
		Files:       []string{"goshim.toml"},
		Environment: &choice{"dev", "default", &position{"goshim.toml", 2, 11}},
		Modfiles:    []string{"go.base.mod", "go.dev.mod"},
		Trust:       trustState{"trusted", "goshim trust", s.hash(), []skipped{}},
		RealGo:      got.RealGo, Path: got.Path,
		Switches: []switchValue{}, Errors: []problem{}, Warnings: []problem{},
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
