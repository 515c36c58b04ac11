package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// realGoPath is the path of a sandbox's real go as goshim prints it.
func realGoPath() string { return filepath.FromSlash("$WORK/goroot/bin/go" + exeSuffix()) }

func TestExplain(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs, "repo/go.mod": "module example.com/app\n\ngo 1.26\n"})
	s.ok(`environment dev, chosen by default (goshim.toml:2:11)

  goshim.toml:18:1   CGO_ENABLED="0"
  goshim.toml:13:8   GOFLAGS="-tags=devtools"
  goshim.toml:15:10  added -work

goshim.toml is not trusted: 3 settings not applied (goshim trust --show)
  goshim.toml:15:19  flags.build -toolexec=./tool  class C  goshim trust, and permit = ["-toolexec"] in `+shownUserPolicy()+`
  goshim.toml:17:1   vars.CC                       class C  goshim trust, and permit = ["CC"] in `+shownUserPolicy()+`
  goshim.toml:10:11  private                       class B  goshim trust

runs
  CGO_ENABLED=0 \
  GOFLAGS=-tags=devtools \
  `+realGoPath()+` build -work -v ./...
`, "explain", "build", "-v", "./...")
}

func TestExplainWords(t *testing.T) {
	s := newSandbox(t, nil)
	tests := []struct{ args, want string }{
		{"build", "build"},
		{"go build", "build"},
		{"test -json -h", "test -json -h"},
		{"-C sub build", "-C sub build"},
		{"go -C=sub build", "-C=sub build"},
		{"run . --json --help", "run . --json --help"},
	}
	for _, tt := range tests {
		s.ok("no policy is in force\n\nruns\n  "+realGoPath()+" "+tt.want+"\n", append([]string{"explain"}, strings.Fields(tt.args)...)...)
	}
	s.ok("no policy is in force\n\nruns\n  "+realGoPath()+" run . 'it'\\''s'\n", "explain", "run", ".", "it's")
}

func TestExplainRefusal(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs})
	if status, _, _ := s.run("trust"); status != 0 {
		t.Fatal("not trusted")
	}
	s.set("GOSHIM_ENV", "prod")
	s.ends(2, "", `goshim: goshim.toml:27:21: go get is not allowed in environment "prod": use dev
goshim: hint: the environment was chosen by GOSHIM_ENV; GOSHIM_ENV=NAME chooses another
`, "explain", "get", "x")
	var got refusal
	s.json(2, &got, "explain", "--json", "get", "x")
	want := refusal{&problem{
		Message: `go get is not allowed in environment "prod": use dev`,
		At:      &position{"goshim.toml", 27, 21},
		Hint:    "the environment was chosen by GOSHIM_ENV; GOSHIM_ENV=NAME chooses another",
	}}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExplainJSON(t *testing.T) {
	s := newSandbox(t, map[string]string{
		"repo/goshim.toml": "version = 1\n[common.vars]\nCGO_ENABLED = \"0\"\nAPI_TOKEN = \"secret\"\nGOINSECURE = { unset = true }\n",
		userPolicy():       "version = 1\npermit = [\"API_*\"]\n",
	})
	s.set("GOINSECURE", "example.com")
	if status, _, _ := s.run("trust"); status != 0 {
		t.Fatal("not trusted")
	}
	var got explanation
	s.json(0, &got, "explain", "--json", "go", "build")
	want := explanation{
		Environment: &choice{Reason: "no environment is defined"},
		Departures: []departure{
			{`CGO_ENABLED="0"`, &position{"goshim.toml", 3, 1}},
			{`API_TOKEN="xxxxx"`, &position{"goshim.toml", 4, 1}},
			{"unset GOINSECURE", &position{"goshim.toml", 5, 1}},
		},
		Skipped: []skipped{},
		Variables: []variable{
			{"CGO_ENABLED", "", "0"},
			{"API_TOKEN", "", "xxxxx"},
			{"GOINSECURE", "example.com", ""},
		},
		Prepare: []string{},
		Path:    realGoPath(), Args: []string{"build"},
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, stdout, _ := s.run("explain", "build")
	if want := "runs\n  env -u GOINSECURE \\\n  CGO_ENABLED=0 \\\n"; !strings.Contains(stdout, want) {
		t.Errorf("stdout %q has no %q", stdout, want)
	}
}

// TestExplainBroken checks that a command which a broken policy cannot stop
// says so.
func TestExplainBroken(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": "version = 2\n"})
	s.ends(2, "", "goshim: goshim.toml:1:11: version = 2 is not one that this goshim knows (have 1)\ngoshim: hint: a newer goshim may\n",
		"explain", "build")
	s.ok("the policy has a fault, which cannot stop this command\n\ngoshim.toml:1:11: version = 2 is not one that this goshim knows (have 1)\n\nruns\n  "+realGoPath()+" env\n",
		"explain", "env")
	s.ok("no policy concerns this command\n\nruns\n  "+realGoPath()+" version\n", "explain", "version")
	s.set("GOSHIM", "off")
	s.ok("no policy applies: GOSHIM=off\n\nruns\n  "+realGoPath()+" build\n", "explain", "build")
}
