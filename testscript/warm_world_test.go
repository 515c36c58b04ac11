//go:build unix

package testscript

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/testgo"
)

// A warmWorld is a module that requires others, which a proxy has, and nobody
// has downloaded yet.
type warmWorld struct {
	t     *testing.T
	top   string
	root  string
	proxy *proxytest.Server
	url   string
	env   []string // without GOMODCACHE
}

// warmFiles is how many files each module has.
const warmFiles = 25

func newWarmWorld(t *testing.T, modules int, goflags string) *warmWorld {
	t.Helper()
	top := t.TempDir()
	w := &warmWorld{t: t, top: top, root: filepath.Join(top, "app")}
	testgo.NoTelemetry(t, filepath.Join(top, ".config"))
	w.makeModules(modules)
	w.proxy = &proxytest.Server{Handler: proxytest.Dir(filepath.Join(top, "proxy"))}
	server := w.proxy.Start()
	t.Cleanup(server.Close)
	w.url = server.URL
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + top, "GOSHIM_CEILING=" + top,
		"GOSHIM_REAL_GO=" + w.realGo(), "GOCACHE=" + goEnv(t, "GOCACHE"), "GOPATH=" + filepath.Join(top, "go"),
		"GOPROXY=" + w.url, "GOSUMDB=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOFLAGS=" + goflags, "CGO_ENABLED=0", "GOWORK=off",
	}
	testgo.Removable(t, top)
	return w
}

func (w *warmWorld) realGo() string { return filepath.Join(goEnv(w.t, "GOROOT"), "bin", "go") }

// modulePath has upper-case letters, for which files have other names.
func modulePath(i int) string { return fmt.Sprintf("example.com/Mod%02d", i) }

// makeModules writes the proxy's files and a module that requires them all.
func (w *warmWorld) makeModules(n int) {
	w.t.Helper()
	gomod, gosum := "module example.com/app\n\ngo 1.21\n\nrequire (\n", ""
	program := "package main\n\nimport (\n"
	for i := range n {
		m := module.Version{Path: modulePath(i), Version: "v1.0.0"}
		zipSum, modSum := w.makeModule(m, i, n)
		gomod += "\t" + m.Path + " " + m.Version + "\n"
		gosum += m.Path + " " + m.Version + " " + zipSum + "\n" + m.Path + " " + m.Version + "/go.mod " + modSum + "\n"
		program += "\t_ \"" + m.Path + "\"\n"
	}
	w.write("app/go.mod", gomod+")\n")
	w.write("app/go.sum", gosum)
	w.write("app/main.go", program+")\n\nfunc main() {}\n")
	w.write("app/goshim.toml", "version = 1\ndefault = \"dev\"\n[env.dev]\n")
}

// makeModule writes the files of one module; each requires the next.
func (w *warmWorld) makeModule(m module.Version, i, n int) (zipSum, modSum string) {
	w.t.Helper()
	src := filepath.Join("src", fmt.Sprint(i))
	gomod := "module " + m.Path + "\n\ngo 1.21\n"
	code := "package mod\n"
	if i+1 < n {
		gomod += "\nrequire " + modulePath(i+1) + " v1.0.0\n"
		code += "\nimport _ \"" + modulePath(i+1) + "\"\n"
	}
	w.write(filepath.Join(src, "go.mod"), gomod)
	w.write(filepath.Join(src, "mod.go"), code)
	random := rand.NewChaCha8([32]byte{byte(i)})
	for j := range warmFiles {
		data := make([]byte, 100+5000*(j%5))
		random.Read(data)
		w.write(fmt.Sprintf("%s/d%d/e/f%d.bin", src, j%7, j), string(data))
	}
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		w.t.Fatal(err)
	}
	base := filepath.Join("proxy", filepath.FromSlash(escaped), "@v")
	w.write(filepath.Join(base, "list"), m.Version+"\n")
	w.write(filepath.Join(base, m.Version+".mod"), gomod)
	// A proxy's own field is not kept.
	w.write(filepath.Join(base, m.Version+".info"), `{"Version": "`+m.Version+`", "Time": "2024-01-02T03:04:05Z", "Short": "x", "Origin": {"VCS": "git", "TagSum": "t1:x", "Ref": "refs/tags/v1.0.0"}}`)
	zip, err := os.Create(filepath.Join(w.top, base, m.Version+".zip"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer zip.Close()
	if err := modzip.CreateFromDir(zip, m, filepath.Join(w.top, src)); err != nil {
		w.t.Fatal(err)
	}
	if zipSum, err = dirhash.HashZip(zip.Name(), dirhash.Hash1); err != nil {
		w.t.Fatal(err)
	}
	modSum, err = dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(gomod)), nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return zipSum, modSum
}

func (w *warmWorld) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.top, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		w.t.Fatal(err)
	}
}

// cache returns the path of an empty module cache.
func (w *warmWorld) cache(name string) string {
	dir := filepath.Join(w.top, "caches", name)
	testgo.MakeWritable(dir)
	os.RemoveAll(dir)
	return dir
}

// command returns a command with a module cache, in a process group of its own.
func (w *warmWorld) command(cache, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = w.root, append(slices.Clone(w.env), "GOMODCACHE="+cache, "PWD="+w.root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// warm returns a goshim warm.
func (w *warmWorld) warm(cache string, args ...string) *exec.Cmd {
	return w.command(cache, buildTools(w.t).goshim, append([]string{"warm"}, args...)...)
}

// run runs a command that has to work.
func (w *warmWorld) run(cmd *exec.Cmd) string {
	w.t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Errorf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// offline runs go commands that have to find all in the cache.
func (w *warmWorld) offline(cache string, commands ...string) {
	w.t.Helper()
	for _, words := range commands {
		cmd := w.command(cache, w.realGo(), strings.Fields(words)...)
		cmd.Env = append(cmd.Env, "GOPROXY=off")
		w.run(cmd)
	}
}

// tree returns the mode and the content of each file of a module cache.
// Goshim's own lock is none of it.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += " " + string(data)
		}
		if rel, _ := filepath.Rel(dir, path); filepath.Base(rel) != "goshim-warm.lock" {
			files[rel] = text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sameTree wants two module caches to be equal.
func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path, text := range got {
		if want[path] != text {
			t.Errorf("%s is %.60q, want %.60q", path, text, want[path])
		}
	}
	for path := range want {
		if got[path] == "" {
			t.Errorf("%s is missing", path)
		}
	}
}

// status runs a command and returns its exit status and what it wrote.
func status(cmd *exec.Cmd) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}
