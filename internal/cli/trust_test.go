package cli

import (
	"strings"
	"testing"
)

func TestTrustShow(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs, "repo/tool": "#!/bin/sh\n", "repo/cc": "#!/bin/sh\n"})
	hash := s.hash()
	want := `widens or redirects (class B): applies once you trust the file
  goshim.toml:10:11  [common]       private = ["corp.example.com/*"]
  goshim.toml:22:11  [env.staging]  private = ["git.example.com"]
runs code (class C): applies once you trust the file and permit the setting
  goshim.toml:15:19  [env.dev]  flags.build -toolexec=./tool
  goshim.toml:17:1   [env.dev]  vars.CC = "./cc"
to permit what runs code, write in ` + shownUserPolicy() + `
  version = 1
  permit = ["-toolexec", "CC"]

always applies (class A)
  goshim.toml:13:8   [env.dev]      tags = ["devtools"]
  goshim.toml:15:1   [env.dev]      flags.build = ["-work"]
  goshim.toml:18:1   [env.dev]      vars.CGO_ENABLED = "0"
  goshim.toml:21:12  [env.staging]  inherits = "dev"
  goshim.toml:25:7   [env.prod]     mod = "readonly"
  goshim.toml:26:19  [env.prod]     sumdb = { force = "sum.golang.org" }
  goshim.toml:27:8   [env.prod]     deny = [{ command = "get", reason = "use dev" }, "mod tidy"]

hash ` + hash + `
covers cc
covers tool
not trusted
`
	s.ok(want, "trust", "--show")
	s.ok(want, "trust", "--show", "goshim.toml") // it recorded nothing
}

// hash returns the hash of the repository's policy.
func (s *sandbox) hash() string {
	s.t.Helper()
	var report trustReport
	s.json(0, &report, "trust", "--show", "--json")
	return report.Hash
}

func TestTrust(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs, "repo/tool": "#!/bin/sh\n"})
	s.ok("goshim.toml is trusted: "+s.hash()+"\nin force now: 2 settings that waited for it\n"+
		"to permit what runs code, write in "+shownUserPolicy()+"\n  version = 1\n  permit = [\"-toolexec\", \"CC\"]\n", "trust")
	s.trusted(true)

	// The user's file keeps what it permits.
	s.write(map[string]string{userPolicy(): "version = 1\npermit = [\"CXX\", \"-tool*\"]\n"})
	_, stdout, _ := s.run("trust")
	if want := "write in " + shownUserPolicy() + "\n  permit = [\"CXX\", \"-tool*\", \"CC\"]\n"; !strings.HasSuffix(stdout, want) {
		t.Errorf("stdout %q does not end with %q", stdout, want)
	}

	s.write(map[string]string{"repo/tool": "#!/bin/sh\nrm -rf /\n"})
	s.trusted(false)
	s.run("trust")
	s.trusted(true)
	s.ok("goshim.toml is not trusted\n", "untrust")
	s.trusted(false)
	s.ok("goshim.toml is not trusted\n", "untrust")
}

// trusted checks whether the repository's policy is trusted.
func (s *sandbox) trusted(want bool) {
	s.t.Helper()
	var report trustReport
	s.json(0, &report, "trust", "--show", "--json")
	if report.Trusted != want {
		s.t.Errorf("trusted is %v", report.Trusted)
	}
}

func TestTrustJSON(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": "version = 1\n[common]\nmod = \"readonly\"\nproxy = [\"https://u:p@proxy.example.com\"]\nvars.CC = { force = \"x\" }\n",
		userPolicy():       "version = 1\npermit = [\"C*\"]\n",
	})
	var got trustReport
	s.json(0, &got, "trust", "--show", "--json")
	at := func(line, col int) *position { return &position{"goshim.toml", line, col} }
	item := map[string]any{"value": "https://xxxxx@proxy.example.com", "at": map[string]any{"file": "goshim.toml", "line": 4., "column": 10.}}
	want := trustReport{
		File: got.File, Hash: got.Hash, Files: []string{},
		Requests: []trustRequest{
			{trustSetting{"common", setting{"vars.CC", "force", "x", at(5, 6)}}, "C", "CC", true},
			{trustSetting{"common", setting{"proxy", "", []any{item}, at(4, 9)}}, "B", "", true},
		},
		Always: []trustSetting{{"common", setting{"mod", "", "readonly", at(3, 7)}}},
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTrustKnownProxy checks that a proxy which the toolchain asks anyway needs
// trust to be named, as private names may be told to what a policy names, but that
// asking none at all does not.
func TestTrustKnownProxy(t *testing.T) {
	for proxy, want := range map[string]string{
		"https://goproxy.example.com": "widens or redirects (class B): ",
		"off":                         "goshim.toml asks for nothing that needs trust\n",
	} {
		s := newSandbox(t, map[string]string{"repo/goshim.toml": "version = 1\n[common]\nproxy = [\"" + proxy + "\"]\n"})
		if _, stdout, _ := s.run("trust", "--show"); !strings.HasPrefix(stdout, want) {
			t.Errorf("%s: stdout %q", proxy, stdout)
		}
	}
}

func TestTrustFaults(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": "version = 1\nlock = []\n[common]\nmod = 1\n",
		"repo/policy.toml": "version = 1\n",
	})
	s.ends(2, "", "goshim: goshim.toml:2:1: lock belongs to the user's or the system's policy file, not to a repository\n"+
		"goshim: goshim.toml:4:7: mod must be a string, not an integer\n", "trust")
	s.ends(2, "", "goshim: policy.toml: only a repository's policy file needs trust\n", "trust", "policy.toml")
	s.write(map[string]string{"repo/goshim.toml": "version = 1\n", userPolicy(): "versoin = 1\n"})
	status, _, stderr := s.run("trust")
	if status != 2 || !strings.Contains(stderr, `unknown key "versoin"`) {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

// TestTrustHostile checks that text of the file cannot hide what it asks for.
func TestTrustHostile(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": "version = 1\n[common]\nflags.build = [\"-toolexec=x\\u001b[2K\\rnothing\"]\nvars.CC = \"\\u202ex\"\n",
	})
	_, stdout, _ := s.run("trust", "--show")
	if strings.ContainsAny(stdout, "\x1b\r\u202e") || !strings.Contains(stdout, `-toolexec=x\x1b[2K\rnothing`) {
		t.Errorf("stdout %q", stdout)
	}
}
