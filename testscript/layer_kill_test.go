//go:build unix

package testscript

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/goproxytest"
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/testgo"
)

// killRounds is how often the tests of layers kill go commands.
var killRounds = flag.Int("kill", 20, "rounds of killed go commands in the tests of layers; 200 take minutes")

// A layerWorld is a module with three environments: prod has no layer, staging
// has one, dev has one over staging's.
type layerWorld struct {
	t     *testing.T
	root  string
	cache string // goshim's
	env   []string
	shim  string
	main  map[string]string // go.mod and go.sum as last written
	pairs map[string]string // the files of pairs that have been seen, by path
}

const killPolicy = `version = 1
default = "dev"
[env.prod]
[env.staging]
modfile = "go.staging.mod"
[env.dev]
inherits = "staging"
modfile = "go.dev.mod"
`

const killMain = `package main

import (
	"example.com/dep"
	"example.com/mid"
)

func main() { println(dep.Version + "," + mid.Version) }
`

func newLayerWorld(t *testing.T) *layerWorld {
	t.Helper()
	top := t.TempDir()
	w := &layerWorld{t: t, root: filepath.Join(top, "dépôt 1"), cache: filepath.Join(top, "cache"), main: map[string]string{}, pairs: map[string]string{}}
	bin := filepath.Join(top, "bin")
	for _, dir := range []string{bin, w.root} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	testgo.NoTelemetry(t, filepath.Join(top, ".config"))
	w.shim = filepath.Join(bin, "go")
	for name, path := range map[string]string{"go": buildShim(t), "goshim": buildTools(t).goshim} {
		if err := link(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	proxy := goproxytest.NewTestServer(t, filepath.Join("testdata", "mod"), "")
	w.env = []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + top, "XDG_CACHE_HOME=" + w.cache, "GOSHIM_CEILING=" + top,
		"GOSHIM_REAL_GO=" + filepath.Join(goEnv(t, "GOROOT"), "bin", "go"), "GOCACHE=" + goEnv(t, "GOCACHE"), "GOPATH=" + filepath.Join(top, "go"),
		"GOPROXY=" + proxy.URL, "GOSUMDB=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOFLAGS=-modcacherw", "CGO_ENABLED=0",
	}
	for _, n := range []string{"1", "2", "3"} {
		w.write("local/"+n+"/go.mod", "module example.com/dep\n\ngo 1.20\n")
		w.write("local/"+n+"/dep.go", "package dep\n\nconst Version = \"local"+n+"\"\n")
	}
	w.write("goshim.toml", killPolicy)
	w.write("main.go", killMain)
	w.write("go.mod", "module example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/mid v1.0.0\n)\n")
	w.write("go.staging.mod", "")
	w.write("go.dev.mod", "")
	w.must("prod", "mod", "tidy")
	w.main["go.mod"], w.main["go.sum"] = w.read("go.mod"), w.read("go.sum")
	return w
}

func (w *layerWorld) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

// write replaces a file as an editor does: by a rename.
func (w *layerWorld) write(name, text string) {
	path := w.path(name)
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path+".new", []byte(text), 0o666)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		w.t.Error(err)
	}
}

// read returns the content of a file, "" if it is not there.
func (w *layerWorld) read(name string) string {
	data, err := os.ReadFile(w.path(name))
	if err != nil && !os.IsNotExist(err) {
		w.t.Error(err)
	}
	return string(data)
}

// command returns a go command in an environment, in a process group of its
// own.
func (w *layerWorld) command(env string, args ...string) *exec.Cmd {
	cmd := exec.Command(w.shim, args...)
	cmd.Dir, cmd.Env = w.root, append(slices.Clone(w.env), "GOSHIM_ENV="+env, "PWD="+w.root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// must runs a go command that has to work, and returns what it prints.
func (w *layerWorld) must(env string, args ...string) string {
	out, err := w.command(env, args...).CombinedOutput()
	if err != nil {
		w.t.Errorf("%s: go %s: %v\n%s", env, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// killAtRandom starts a command and kills it within the time: with all that it
// has started, or alone. A command that ends before is not killed.
func (w *layerWorld) killAtRandom(cmd *exec.Cmd, within time.Duration) {
	if err := cmd.Start(); err != nil {
		w.t.Error(err)
		return
	}
	pid := cmd.Process.Pid
	if rand.IntN(2) == 0 {
		pid = -pid // the group
	}
	timer := time.AfterFunc(rand.N(within), func() { syscall.Kill(pid, syscall.SIGKILL) })
	cmd.Wait()
	timer.Stop()
}

// checkMain wants go.mod and go.sum as the test wrote them.
func (w *layerWorld) checkMain() {
	w.t.Helper()
	for name, want := range w.main {
		if got := w.read(name); got != want {
			w.t.Errorf("%s is changed:\n%s", name, got)
		}
	}
}

var pairName = regexp.MustCompile(`^[0-9a-f]{32}$`)

// checkPairs wants every pair that has its final name to be whole, and the
// same as when it was seen first.
func (w *layerWorld) checkPairs() (count int) {
	w.t.Helper()
	dirs, _ := filepath.Glob(filepath.Join(w.cache, "goshim", "modfile", "*", "*"))
	for _, dir := range dirs {
		if !pairName.MatchString(filepath.Base(dir)) {
			continue
		}
		count++
		for _, name := range []string{"go.mod", "go.sum", "novendor", "overlay.json", "overlay-novendor.json"} {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if old, ok := w.pairs[path]; err != nil || ok && old != string(data) {
				w.t.Errorf("%s is not what it was: %v\n%s", path, err, data)
			}
			w.pairs[path] = string(data)
			var overlay struct{ Replace map[string]string }
			if strings.HasSuffix(name, ".json") && json.Unmarshal(data, &overlay) != nil {
				w.t.Errorf("%s is torn: %q", path, data)
			}
			for _, to := range overlay.Replace {
				if _, err := os.Stat(to); err != nil {
					w.t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
	return count
}

// A content is what the files of a layerWorld hold, and what a program that
// is built from them prints.
type content struct {
	files map[string]string
	want  map[string]string // by environment
}

// sums has the lines of go.sum for what contents need.
func (w *layerWorld) sums() map[string]string {
	lines := map[string]string{}
	w.write("go.dev.mod", "require (\n\texample.com/dep v1.1.0\n\texample.com/mid v1.1.0\n)\n")
	w.must("dev", "mod", "tidy")
	for line := range strings.Lines(w.read("go.dev.sum")) {
		module, _, _ := strings.Cut(line, " ")
		lines[module] += line
	}
	os.Remove(w.path("go.dev.sum"))
	return lines
}

// randomContent returns other contents for the layers and for go.mod. Between
// two of them hardly any mixture builds, or prints what one of them does.
func randomContent(base, sums map[string]string) content {
	c := content{map[string]string{}, map[string]string{}}
	gomod := base["go.mod"]
	prod, staging := "v1.0.0,v1.0.0 with dep v1.0.0", "v1.0.0"
	if rand.IntN(2) == 0 {
		n := fmt.Sprint(1 + rand.IntN(3))
		gomod += "\nreplace example.com/dep => ./local/" + n + "\n"
		prod, staging = "local"+n+",v1.0.0 with dep local"+n, "local"+n
	}
	c.files["go.mod"], c.files["go.sum"] = gomod, base["go.sum"]
	mid := "v1.0.0"
	if rand.IntN(2) == 0 {
		mid = "v1.1.0"
		c.files["go.staging.mod"], c.files["go.staging.sum"] = "require example.com/mid v1.1.0\n", sums["example.com/mid"]
	} else {
		c.files["go.staging.mod"], c.files["go.staging.sum"] = "// nothing\n", ""
	}
	dev := staging
	switch n := rand.IntN(5); {
	case n > 0 && n < 4:
		dev = fmt.Sprint("local", n)
		c.files["go.dev.mod"], c.files["go.dev.sum"] = fmt.Sprintf("replace example.com/dep => ./local/%d\n", n), ""
	case n == 4 && staging == "v1.0.0":
		dev = "v1.1.0"
		c.files["go.dev.mod"], c.files["go.dev.sum"] = "require example.com/dep v1.1.0\n", sums["example.com/dep"]
	default:
		c.files["go.dev.mod"], c.files["go.dev.sum"] = "", ""
	}
	c.want["prod"] = prod
	c.want["staging"] = staging + "," + mid + " with dep " + staging
	c.want["dev"] = dev + "," + mid + " with dep " + dev
	return c
}

// put writes a content, one file after the other in any order.
func (w *layerWorld) put(c content) {
	for name, text := range c.files { // in random order
		if old := w.read(name); old != text {
			w.write(name, text)
		}
	}
	w.main["go.mod"], w.main["go.sum"] = c.files["go.mod"], c.files["go.sum"]
}

// Readers that are killed at any moment, while the files change, leave nothing
// that a later command would take for the truth.
func TestLayerReadersKilled(t *testing.T) {
	t.Parallel()
	w := newLayerWorld(t)
	base := map[string]string{"go.mod": w.main["go.mod"], "go.sum": w.main["go.sum"]}
	sums := w.sums()
	envs := []string{"prod", "staging", "dev"}
	pairs := 0
	for round := range *killRounds {
		if round%4 != 3 { // else a cache that is not cold
			os.RemoveAll(w.cache)
			clear(w.pairs)
		}
		c := randomContent(base, sums)
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				args := []string{"build", "-o", filepath.Join(t.TempDir(), "app"), "."}
				if i%2 == 0 {
					args = []string{"run", "."}
				}
				w.killAtRandom(w.command(envs[i%3], args...), 250*time.Millisecond)
			})
		}
		time.Sleep(rand.N(60 * time.Millisecond))
		w.put(c)
		all.Wait()
		pairs += w.checkPairs()
		for _, env := range envs {
			all.Go(func() {
				if got, want := w.must(env, "run", "."), c.want[env]; got != want {
					t.Errorf("%s: got %q, want %q", env, got, want)
				}
			})
		}
		all.Wait()
		w.checkPairs()
		w.checkMain()
		if t.Failed() {
			t.Fatalf("in round %d, of %q", round, c.files)
		}
	}
	if pairs == 0 {
		t.Error("no killed command has made a pair: are they killed too soon?")
	}
}

// checkWritten wants a layer and sums that belong together, and a build that
// works with them.
func (w *layerWorld) checkWritten() {
	w.t.Helper()
	w.must("dev", "list", "-m", "all") // finishes what was begun
	mod, sum := w.read("go.dev.mod"), w.read("go.dev.sum")
	if _, err := modfile.ParseLax("go.dev.mod", []byte(mod), nil); err != nil {
		w.t.Errorf("go.dev.mod: %v\n%s", err, mod)
	}
	for _, module := range []string{"example.com/dep v1.1.0", "example.com/extra v1.0.0"} {
		if strings.Contains(mod, module) != strings.Contains(sum, module+" ") {
			w.t.Errorf("%s is in one of go.dev.mod and go.dev.sum:\n%s\n%s", module, mod, sum)
		}
	}
	want := "v1.0.0"
	if strings.Contains(mod, "example.com/dep v1.1.0") {
		want = "v1.1.0"
	}
	if got := w.must("dev", "run", "."); got != want+",v1.0.0 with dep "+want {
		w.t.Errorf("got %q, want dep %s", got, want)
	}
	w.checkMain()
	if strings.Contains(mod, "goshim:drop") {
		w.t.Errorf("a drop that nobody asked for:\n%s", mod)
	}
	w.must("dev", "mod", "edit", "-print") // takes the lock, and so clears away
	strays, _ := filepath.Glob(filepath.Join(w.root, ".*goshim*"))
	if len(strays) > 0 {
		w.t.Errorf("left over: %q", strays)
	}
}

// Writers that are killed at any moment leave a layer and sums that belong
// together.
func TestLayerWritersKilled(t *testing.T) {
	t.Parallel()
	w := newLayerWorld(t)
	changed := map[string]int{}
	for round := range *killRounds {
		w.write("go.dev.mod", "// Ours.\n")
		os.Remove(w.path("go.dev.sum"))
		commands := [][]string{
			{"get", "example.com/dep@v1.1.0"},
			{"get", "example.com/extra@v1.0.0"},
			{"mod", "tidy"},
			{"mod", "edit", fmt.Sprintf("-godebug=panicnil=%d", round%2)},
		}
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				w.killAtRandom(w.command("dev", commands[(i+round)%len(commands)]...), 500*time.Millisecond)
			})
		}
		all.Wait()
		w.must("dev", "list", "-m", "all")
		changed[w.read("go.dev.mod")]++
		w.checkWritten()
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if *killRounds >= 20 && len(changed) < 2 {
		t.Errorf("all rounds ended alike: %v", changed)
	}
}

// The companion is killed while the command that it runs is at work, and
// between that one's end and the writing back.
func TestLayerCompanionKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can tie the life of a child to its parent's")
	}
	t.Parallel()
	w := newLayerWorld(t)
	dir := t.TempDir()
	done := filepath.Join(dir, "done")
	real := filepath.Join(goEnv(t, "GOROOT"), "bin", "go")
	for name, rest := range map[string]string{"atwork": "sleep 60", "atend": "exit $status"} {
		script := "#!/bin/sh\n'" + real + "' \"$@\"\nstatus=$?\n: >'" + done + "'\n" + rest + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	var sums strings.Builder // so many that writing them takes some time
	for i := range 20_000 {
		fmt.Fprintf(&sums, "example.com/m%05d v1.0.0 h1:%043d=\n", i, i)
	}
	seen := map[bool]int{}
	for round := range max(*killRounds/2, 2) {
		w.write("go.dev.mod", "// Ours.\n")
		w.write("go.dev.sum", sums.String())
		os.Remove(done)
		name := []string{"atwork", "atend"}[round%2]
		cmd := w.command("dev", "get", "example.com/dep@v1.1.0")
		cmd.Env = append(cmd.Env, "GOSHIM_REAL_GO="+filepath.Join(dir, name))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(done); err == nil {
				break
			}
			time.Sleep(time.Millisecond / 2)
		}
		if name == "atend" {
			time.Sleep(rand.N(80 * time.Millisecond))
		}
		cmd.Process.Kill()
		cmd.Wait()
		w.must("dev", "list", "-m", "all")
		isNew := strings.Contains(w.read("go.dev.mod"), "v1.1.0")
		seen[isNew]++
		if isNew && name == "atwork" {
			t.Error("written before the command had ended")
		}
		w.checkWritten()
		if t.Failed() {
			t.Fatalf("in round %d, %s", round, name)
		}
	}
	t.Logf("old or new layer: %v", seen)
}

// Two changes at once both take effect.
func TestLayerTwoWriters(t *testing.T) {
	t.Parallel()
	w := newLayerWorld(t)
	for range max(*killRounds/10, 2) {
		w.write("go.dev.mod", "")
		os.Remove(w.path("go.dev.sum"))
		var all sync.WaitGroup
		for _, module := range []string{"example.com/dep@v1.1.0", "example.com/extra@v1.0.0"} {
			all.Go(func() { w.must("dev", "get", module) })
		}
		all.Wait()
		for _, module := range []string{"example.com/dep v1.1.0", "example.com/extra v1.0.0"} {
			if mod := w.read("go.dev.mod"); !strings.Contains(mod, module) {
				t.Errorf("no %s in go.dev.mod:\n%s", module, mod)
			}
		}
		w.checkWritten()
	}
}

// An editor that saves the layer and its sums one after the other makes
// mixtures; none is taken for what it saved last.
func TestLayerEditor(t *testing.T) {
	t.Parallel()
	w := newLayerWorld(t)
	dep := w.sums()["example.com/dep"]
	put := func(i int) (want string) {
		mod, sum, want := "replace example.com/dep => ./local/1\n", "", "local1,v1.0.0 with dep local1"
		if i%2 == 0 {
			mod, sum, want = "require example.com/dep v1.1.0\n", dep, "v1.1.0,v1.0.0 with dep v1.1.0"
		}
		w.write("go.dev.mod", mod)
		time.Sleep(rand.N(20 * time.Millisecond))
		w.write("go.dev.sum", sum)
		return want
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.command("dev", "list", "-deps", ".").Run() // may see a mixture
				}
			}
		})
	}
	want := ""
	for i := range max(*killRounds/4, 4) {
		want = put(i)
		if got := w.must("dev", "run", "."); got != want {
			t.Errorf("after save %d: got %q, want %q", i, got, want)
		}
	}
	time.Sleep(3500 * time.Millisecond) // now stamps are made
	close(stop)
	readers.Wait()
	for range 2 {
		if got := w.must("dev", "run", "."); got != want {
			t.Errorf("at the end: got %q, want %q", got, want)
		}
	}
	w.checkPairs()
}

// A layer of the same size and time, but of other content, is another one.
func TestLayerSameTime(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the system does not tell when a file changed")
	}
	t.Parallel()
	w := newLayerWorld(t)
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	layer := func(n int) {
		text := fmt.Sprintf("replace example.com/dep => ./local/%d\n", n)
		if n == 3 { // in place
			if err := os.WriteFile(w.path("go.dev.mod"), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		} else {
			w.write("go.dev.mod", text)
		}
		if err := os.Chtimes(w.path("go.dev.mod"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	check := func(n int) {
		t.Helper()
		if got, want := w.must("dev", "list", "-m", "example.com/dep"), fmt.Sprintf("example.com/dep v1.0.0 => ./local/%d", n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for n := 1; n <= 3; n++ {
		layer(n)
		check(n)
		time.Sleep(3200 * time.Millisecond)
		check(n)
		stamps, _ := filepath.Glob(filepath.Join(w.cache, "goshim", "modfile", "*", "stamp"))
		if len(stamps) == 0 {
			t.Error("there is no stamp: the test proves nothing")
		}
		check(n)
	}
}
