package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/testgo"
)

// A user has a home and runs goshim in a folder.
type user struct {
	*testing.T
	home, dir string
	env       []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are those of Unix")
	}
	home := filepath.Join(t.TempDir(), "hö me")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	testgo.NoTelemetry(t, filepath.Join(home, ".config"))
	u := &user{T: t, home: home, dir: home}
	u.env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "SHELL=/bin/zsh", "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS="}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		u.env = append(u.env, name+"="+strings.TrimSpace(string(out)))
	}
	return u
}

// goshim runs the command and compares its status and what it prints, in
// which the home directory, versions and hashes have general names.
func (u *user) goshim(args string, status int, stdout, stderr string) {
	u.Helper()
	var out, errs bytes.Buffer
	a := &App{Args: strings.Fields(args), Dir: u.dir, Env: u.env, Self: "/nonexistent/goshim", Stdout: &out, Stderr: &errs}
	if got := a.Run(); got != status {
		u.Errorf("goshim %s: status %d, want %d", args, got, status)
	}
	for _, text := range []struct{ name, got, want string }{{"stdout", out.String(), stdout}, {"stderr", errs.String(), stderr}} {
		if diff := cmp.Diff(text.want, u.generalize(text.got)); diff != "" {
			u.Errorf("goshim %s: %s (-want +got):\n%s", args, text.name, diff)
		}
	}
}

var (
	realGoLine = regexp.MustCompile(`(?m)^real go    .*`)
	hash       = regexp.MustCompile(`[0-9a-f]{64}`)
)

func (u *user) generalize(text string) string {
	text = strings.ReplaceAll(text, u.home, "HOME")
	text = realGoLine.ReplaceAllString(text, "real go    GO")
	return hash.ReplaceAllString(text, "HASH")
}

const installedText = `installed  ~/DATA/bin/go, the shim
           ~/DATA/bin/goshim
real go    GO

A sample module, in a new shell where go is the shim:

  GOSHIM_ENV=dev go run .
    prints   tag=dev GOTRACEBACK=all edition=workshop
    because  goshim.toml:6:12: GOTRACEBACK="all"
             goshim.toml:5:10: GOFLAGS="-tags=dev"
             goshim.toml:7:12: merged -ldflags=-X main.edition=workshop

  GOSHIM_ENV=prod go run .
    prints   tag=prod GOTRACEBACK=single edition=release
    because  goshim.toml:12:12: GOTRACEBACK="single"
             goshim.toml:11:10: GOFLAGS="-tags=prod"
             goshim.toml:10:10: added -mod=readonly
             goshim.toml:13:12: merged -ldflags=-X main.edition=release

  GOSHIM_ENV=prod go mod tidy
    refused  goshim.toml:14:23: go mod tidy is not allowed in environment "prod": dependencies change in dev

`

// places puts this system's folders into an expected output.
func places(text string) string {
	data, config, state := ".local/share/goshim", ".config/goshim", ".local/state/goshim"
	if runtime.GOOS == "darwin" {
		data = "Library/Application Support/goshim"
		config, state = data, data+"/state"
	}
	return strings.NewReplacer("DATA", data, "CONFIG", config, "STATE", state).Replace(text)
}

func TestSetup(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both binaries")
	}
	u := newUser(t)
	profile := filepath.Join(u.home, ".zshrc")
	if err := os.WriteFile(profile, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.dir = filepath.Join(mustGetwd(t), "..", "..")

	u.goshim("setup", 0, places(installedText+`To use it, add this line to ~/.zshrc and open a new shell:

  . 'HOME/DATA/env.sh'

The same command with --write does that, and with --undo takes everything back.
`), "")
	u.goshim("setup --write", 0, places(installedText+`changed    ~/.zshrc

New shells use the shim. In this one:

  . 'HOME/DATA/env.sh'
`), "")
	u.goshim("setup", 0, places(installedText+"~/.zshrc has the line: new shells use the shim.\n"), "")
	u.goshim("setup --undo", 0, places(`removed    ~/DATA/bin/go
removed    ~/DATA/bin/goshim
removed    ~/DATA/env.sh
removed    ~/DATA/env.fish
removed    ~/CONFIG/real-go
changed    ~/.zshrc: goshim's lines are gone

Shells that are open find the real go after: hash -r
`), "")
	u.goshim("setup --undo", 0, "goshim is not installed: nothing to remove\n", "")
	if data, err := os.ReadFile(profile); err != nil || string(data) != "mine\n" {
		t.Errorf("the profile is %q (%v)", data, err)
	}
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSetupErrors(t *testing.T) {
	u := newUser(t)
	u.goshim("setup", 2, "", `goshim: this goshim does not know the version that it was built from
goshim: hint: run it in the source tree: go run ./cmd/goshim setup
`)
	u.env = append(u.env, "SHELL=/bin/nu")
	u.goshim("setup --write", 2, "", `goshim: no way known to edit the profile of nu
goshim: hint: setup without --write prints what to put there
`)
	u.env = append(u.env, "HOME=")
	for _, args := range []string{"setup", "setup --undo"} {
		u.goshim(args, 2, "", `goshim: no place to install to: the environment names no home directory
goshim: hint: set HOME
`)
	}
}

func TestInit(t *testing.T) {
	u := newUser(t)
	u.dir = filepath.Join(u.home, "app", "sub")
	if err := os.MkdirAll(u.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	goMod := filepath.Join(u.home, "app", "go.mod")
	if err := os.WriteFile(goMod, []byte("module git.corp.example.com/app\n\ngo 1.24\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	u.goshim("init", 0, `wrote    ~/app/goshim.toml
found    module git.corp.example.com/app, go 1.24
         hosts that look private: git.corp.example.com
so       prod, on tags v*: go.mod as it is, no replace lines, prereleases, go get, go mod tidy
         staging, where CI=true: tests are not cached
         dev, otherwise: the plain go command
         everywhere: no public service hears of the private modules
now      environment dev, by default
trusted  as it is; after a change, run goshim trust
         who clones it runs goshim trust too, and CI sets
         GOSHIM_TRUST=HASH

The file says what else it can do. What holds: goshim explain build ./...
`, "")
	u.goshim("check", 0, "../goshim.toml: no faults\n", "")
	u.goshim("init", 2, "", `goshim: HOME/app/goshim.toml is already there
goshim: hint: edit it, or remove it to start anew; goshim check says what is wrong with it
`)
}
