package shim

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A versionTeller is a companion that knows what a go command would say.
type versionTeller struct {
	Companion
	version string
	asked   int
}

func (v *versionTeller) GoVersion(string, string, []string) (string, error) {
	v.asked++
	return v.version, nil
}

// TestWrapperStamp wants the shim to hand over to the companion until a stamp
// says that the wrapper is what the policy asks for, and again where the answer
// may be another.
func TestWrapperStamp(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places of the user's files")
	}
	wrapper, err := exec.LookPath("true") // old enough for a stamp
	if err != nil {
		t.Skip(err)
	}
	if toolchainRoot(wrapper) != "" {
		t.Skipf("%s lies in a GOROOT", wrapper)
	}
	r := newRepo(t, "")
	r.write("config/goshim/policy.toml", "version = 1\n[common]\ntoolchain = \"go1.26.8\"\n")
	teller := &versionTeller{version: "go1.26.8"}
	resolve := func(companion Companion, env ...string) string {
		t.Helper()
		inv := Invocation{
			Args: []string{"list"}, Dir: r.dir, Self: filepath.Join(r.dir, "nowhere"), Companion: companion,
			Env: append([]string{
				"PATH=/nowhere", "GOENV=off", "GOSHIM_REAL_GO=" + wrapper,
				"XDG_CACHE_HOME=" + filepath.Join(r.dir, "..", "cache"), "XDG_CONFIG_HOME=" + filepath.Join(r.dir, "..", "config"),
			}, env...),
		}
		plan, err := Resolve(inv)
		if err != nil {
			return err.Error()
		}
		if err := plan.prepare(); err != nil {
			t.Fatal(err)
		}
		return filepath.Base(plan.Path)
	}
	want := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	want(resolve(nil), "goshim"+exeSuffix())
	want(resolve(teller), filepath.Base(wrapper))
	want(resolve(nil), filepath.Base(wrapper))
	want(resolve(nil, "MISE_GO_VERSION=1.20"), "goshim"+exeSuffix())
	r.write("repo/.tool-versions", "golang 1.20.1\n")
	want(resolve(nil), "goshim"+exeSuffix())
	teller.version = "go1.20.1"
	if got := resolve(teller); !strings.Contains(got, "toolchain go1.26.8 is required, but the real go, "+wrapper+", is go1.20.1") {
		t.Errorf("got %q", got)
	}
	if teller.asked != 2 {
		t.Errorf("asked %d times", teller.asked)
	}
}
