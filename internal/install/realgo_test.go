package install

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goshim/goshim/shim"
)

// fakeGo writes a script that is the go command of dir and runs body.
func fakeGo(t *testing.T, dir, body string) {
	t.Helper()
	path := filepath.Join(dir, "go")
	write(t, path, "#!/bin/sh\n"+body+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// A world is a HOME and folders with go commands.
type world struct {
	*testing.T
	dir string
}

func newWorld(t *testing.T) world {
	if runtime.GOOS == "windows" {
		t.Skip("the go commands of this test are scripts")
	}
	w := world{t, t.TempDir()}
	fakeGo(t, w.path("a"), "echo go version go1.26.1 linux/amd64")
	fakeGo(t, w.path("b"), "echo go version go1.25-corp X:boring plan9/386")
	fakeGo(t, w.path("old"), "echo go version go1.23.9 linux/amd64")
	fakeGo(t, w.path("devel"), "echo go version go1.27-devel_0123abcd linux/amd64")
	fakeGo(t, w.path("broken"), "echo no such thing >&2; exit 3")
	fakeGo(t, w.path("other"), "echo This is the game of Go 4.2")
	fakeGo(t, w.path("cache/golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/bin"), "echo go version go1.26.8 linux/amd64")
	if err := os.Symlink(w.path("a/go"), w.path("link")); err != nil {
		t.Fatal(err)
	}
	os.Mkdir(w.path("links"), 0o755)
	if err := os.Symlink(w.path("a/go"), w.path("links/go")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// expand puts the world's folder in the place of a leading @ of each item.
func (w world) expand(list string) string {
	items := strings.Split(list, ":")
	for i, item := range items {
		if rest, ok := strings.CutPrefix(item, "@"); ok {
			items[i] = w.path(rest)
		}
	}
	return strings.Join(items, ":")
}

func TestFindRealGo(t *testing.T) {
	tests := []struct {
		name     string
		path     string
		self     string // "goshim" unless set
		recorded string
		named    string // GOSHIM_REAL_GO
		want     string // path and version, or an error
	}{
		{name: "the first", path: "@a:@b", want: "@a/go: go1.26.1"},
		{name: "odd version", path: "@b:@a", want: "@b/go: go1.25-corp"},
		{name: "unreleased", path: "@devel", want: "@devel/go: go1.27-devel_0123abcd"},
		{name: "links are kept", path: "@links", want: "@links/go: go1.26.1"},
		{name: "PATH counts, not an earlier setup", path: "@a", recorded: "@b/go", want: "@a/go: go1.26.1"},
		{name: "named", path: "@a", named: "@b/go", want: "@b/go: go1.25-corp"},
		{name: "recorded", path: "@none", recorded: "@b/go", want: "@b/go: go1.25-corp"},
		{name: "go run", path: "@b:@a", self: "/tmp/go-build12/b001/exe/goshim", want: "@a/go: go1.26.1"},
		{name: "go run from the cache", path: "@b:@a", self: "@gocache/ab/cd-d/goshim", want: "@a/go: go1.26.1"},
		{name: "go run by path", path: "@b", self: "/tmp/go-build12/b001/exe/goshim", want: "@b/go: go1.25-corp"},
		{name: "a switch of toolchains", path: "@cache/golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/bin:@a", want: "@a/go: go1.26.1"},
		{name: "too old", path: "@old:@a", want: "@old/go is go1.23.9, and goshim needs go1.24 or newer"},
		{name: "broken", path: "@broken", want: "running @broken/go version: exit status 3: no such thing"},
		{name: "not Go", path: "@other", want: `@other/go version prints "This is the game of Go 4.2", which is not a go command's answer`},
		{name: "named and not there", path: "@a", named: "@none/go", want: `the real go "@none/go" (from GOSHIM_REAL_GO) is not there`},
	}
	w := newWorld(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			in := &Installer{Dir: home, Self: w.expand(test.self), Env: []string{
				"HOME=" + home, "PATH=" + w.expand(test.path), "GOCACHE=" + w.path("gocache"), "GOSHIM_REAL_GO=" + w.expand(test.named),
			}}
			if test.recorded != "" {
				write(t, shim.RecordFile(in.getenv), w.expand(test.recorded)+"\n")
			}
			l, err := NewLayout(in.getenv)
			if err != nil {
				t.Fatal(err)
			}
			real, err := in.findRealGo(l)
			got := real.Path + ": " + real.Version
			if err != nil {
				got = err.Error()
			}
			if got = strings.ReplaceAll(got, w.dir+"/", "@"); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestHarmlessFlags(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", " "},
		{"-mod=vendor", " "},
		{"-mod=vendor -buildvcs=false '-ldflags=-s -w' -race -p=2", "-buildvcs=false '-ldflags=-s -w' -p=2"},
		{"-overlay=/x --modfile=y.mod -v", "-v"},
		{"'", " "},
	}
	for _, test := range tests {
		if got := harmlessFlags(test.in); got != test.want {
			t.Errorf("harmlessFlags(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestLayoutErrors(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("other variables on Windows")
	}
	tests := []struct{ env, want string }{
		{"HOME=", "no place to install to: the environment names no home directory"},
		{"HOME=/a:b", `the folder "` + (&Installer{Env: []string{"HOME=/a:b"}}).dataBin() + `" cannot stand on PATH, which ':' separates`},
	}
	for _, test := range tests {
		in := &Installer{Env: []string{test.env}}
		for _, run := range []func() error{
			func() error { _, err := in.Install(); return err },
			func() error { _, err := in.Undo(); return err },
		} {
			if err := run(); err == nil || err.Error() != test.want {
				t.Errorf("%s: %v, want %s", test.env, err, test.want)
			}
		}
	}
}
