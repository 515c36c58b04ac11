package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestGoroot(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege")
	}
	s := newSandbox(t, map[string]string{"shim/bin/go": "the shim"})
	cache := s.path("cache with space")
	s.set("XDG_CACHE_HOME", cache)
	var got generatedGoroot
	s.json(0, &got, "goroot", "--json")
	want := generatedGoroot{got.GOROOT, filepath.FromSlash("$WORK/goroot"), filepath.FromSlash("$WORK/shim/bin/go")}
	if diff := difference(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.ok(got.GOROOT+"\n", "goroot")
	root := strings.Replace(got.GOROOT, "$WORK", s.work, 1)
	if data, err := os.ReadFile(filepath.Join(root, "bin", "go")); string(data) != "the shim" {
		t.Errorf("its go is %q: %v", data, err)
	}

	// The shim asks for one over the toolchain that is switched to.
	s.write(map[string]string{"other/VERSION": "go1.99.0\n", "other/bin/go": ""})
	s.json(0, &got, "goroot", "--json", "--real="+s.path("other"))
	if want := filepath.FromSlash("$WORK/other"); got.Real != want {
		t.Errorf("got %+v, want it over %s", got, want)
	}

	s.ends(2, "", "goshim: GOROOT=other is not an absolute path\n", "goroot", "--real=other")
	s.write(map[string]string{"file": ""})
	s.set("XDG_CACHE_HOME", s.path("file"))
	if runtime.GOOS == "linux" {
		s.ends(2, "", "goshim: mkdir $WORK/file: not a directory\ngoshim: hint: set XDG_CACHE_HOME to a directory that can be written\n", "goroot")
	}
	if err := os.Remove(s.path("shim/bin/go")); err != nil {
		t.Fatal(err)
	}
	s.ends(2, "", "goshim: there is no shim beside \"$WORK/shim/bin/goshim\"\ngoshim: hint: goshim setup installs both\n", "goroot")
}
