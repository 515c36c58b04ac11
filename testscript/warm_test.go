//go:build unix

package testscript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
)

// What warm writes is what the go command writes: names, bytes, modes.
func TestWarmSameBytes(t *testing.T) {
	t.Parallel()
	for _, goflags := range []string{"", "-modcacherw"} {
		w := newWarmWorld(t, 12, goflags)
		want := w.cache("go")
		w.run(w.command(want, w.realGo(), "mod", "download"))
		w.run(w.command(want, w.realGo(), "list", "-m", "all"))
		os.Remove(filepath.Join(want, "cache", "lock")) // of go mod download, which wants to write go.sum
		for _, flag := range []string{"--all", "--jobs=1"} {
			got := w.cache("warm")
			w.run(w.warm(got, flag))
			sameTree(t, tree(t, got), tree(t, want))
			w.offline(got, "build -o /dev/null .", "vet ./...", "mod download", "list -m all", "mod graph", "mod verify", "mod tidy -diff")
		}
	}
}

// A second warm asks nobody and changes nothing; one that finds a part of the
// cache fetches the rest, and unpacks what is only downloaded.
func TestWarmResumes(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 6, "-modcacherw")
	cache := w.cache("warm")
	w.run(w.warm(cache, "--all"))
	want := tree(t, cache)
	asked := len(w.proxy.Requests())
	if got := w.run(w.warm(cache, "--all")); got != "nothing downloaded\n" || len(w.proxy.Requests()) != asked {
		t.Errorf("a second warm: %q", got)
	}
	version := func(i int, ext string) string {
		return filepath.Join(cache, "cache", "download", "example.com", fmt.Sprintf("!mod%02d", i), "@v", "v1.0.0"+ext)
	}
	dir := func(i int) string { return filepath.Join(cache, "example.com", fmt.Sprintf("!mod%02d@v1.0.0", i)) }
	for _, err := range []error{
		os.Remove(version(0, ".info")), os.Remove(version(1, ".mod")), os.Remove(version(2, ".zip")),
		os.Remove(version(3, ".ziphash")), os.RemoveAll(dir(4)),
		os.WriteFile(version(5, ".partial"), nil, 0o666), os.Remove(filepath.Join(dir(5), "mod.go")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(dir(2))
	if err != nil {
		t.Fatal(err)
	}
	w.run(w.warm(cache, "--all"))
	if after, err := os.Stat(dir(2)); err != nil || !os.SameFile(before, after) {
		t.Errorf("a directory that was whole, and may have been in use, is replaced: %v", err)
	}
	sameTree(t, tree(t, cache), want)
	var again []string
	for _, request := range w.proxy.Requests()[asked:] {
		again = append(again, strings.TrimPrefix(request, "GET /example.com/"))
	}
	slices.Sort(again)
	if got, want := strings.Join(again, " "), "!mod00/@v/v1.0.0.info !mod01/@v/v1.0.0.mod !mod02/@v/v1.0.0.zip"; got != want {
		t.Errorf("asked again for %s, want %s", got, want)
	}
	w.offline(cache, "mod verify", "build -o /dev/null .")
}

// A zip or a go.mod that go.sum does not mean is refused; another proxy is asked
// if it may be.
func TestWarmRefused(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 3, "-modcacherw")
	other, err := os.ReadFile(filepath.Join(w.otherZip(), "v1.0.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, suffix string
		fault        proxytest.Fault
		text         string // of standard error
	}{
		{"wrong zip", "!mod01/@v/v1.0.0.zip", proxytest.Replace(other), `checksum mismatch: it has h1:\S+, and go.sum says h1:\S+`},
		{"wrong mod", "!mod01/@v/v1.0.0.mod", proxytest.Replace([]byte("module example.com/Mod01\n")), `checksum mismatch: it has h1:\S+, and go.sum says h1:\S+`},
		{"wrong info", "!mod01/@v/v1.0.0.info", proxytest.Replace([]byte(`{"Version":"v1.0.1"}`)), `it describes version "v1.0.1"`},
		{"html", "!mod01/@v/v1.0.0.zip", proxytest.HTML, "HTML"},
		{"truncated", "!mod01/@v/v1.0.0.zip", proxytest.Truncate, "unexpected EOF"},
		{"not found", "!mod01/@v/v1.0.0.zip", proxytest.Status(404, ""), "404 Not Found"},
	} {
		bad := &proxytest.Server{Handler: w.proxy.Handler, Fault: proxytest.Suffix(tt.suffix, tt.fault)}
		server := bad.Start()
		defer server.Close()
		cache := w.cache("refused")
		cmd := w.warm(cache)
		cmd.Env = append(cmd.Env, "GOPROXY="+server.URL)
		code, stdout, stderr := status(cmd)
		re := regexp.MustCompile(`^goshim: example.com/Mod01@v1.0.0: reading .*` + regexp.QuoteMeta(server.URL) + `: .*` + tt.text)
		if code != 1 || !re.MatchString(stderr) || !strings.Contains(stdout, "downloaded 8 files of 3 modules") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", tt.name, code, stdout, stderr)
		}
		file := filepath.Join(cache, "cache", "download", "example.com", strings.Replace(tt.suffix, "/", string(filepath.Separator), 1))
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: %s is there", tt.name, file)
		}
		if _, err := os.Stat(filepath.Join(cache, "example.com", "!mod01@v1.0.0")); err == nil && strings.HasSuffix(file, ".zip") {
			t.Errorf("%s: the directory is there", tt.name)
		}
		noLitter(t, cache)

		cmd = w.warm(cache) // another proxy, after any error
		cmd.Env = append(cmd.Env, "GOPROXY="+server.URL+"|"+w.url)
		code, stdout, stderr = status(cmd)
		alert := "" // that the bad one sent what go.sum rules out
		if strings.HasPrefix(tt.text, "checksum") {
			alert = "goshim: alert: " + server.URL + " sent a "
		}
		if code != 0 || !strings.HasPrefix(stderr, alert) || (stderr == "") != (alert == "") {
			t.Errorf("%s, another proxy: status %d, stdout %q, stderr %q, want %q", tt.name, code, stdout, stderr, alert)
		}
		w.offline(cache, "mod verify", "build -o /dev/null .")
	}
}

// What proxies do not have, and what has no sum, is left to the go command.
// Nothing of the module changes.
func TestWarmByGo(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 4, "-modcacherw")
	w.proxy.Fault = proxytest.Suffix("!mod02/@v/v1.0.0.zip", proxytest.Times(1, proxytest.Status(404, "")))
	gosum := filepath.Join(w.root, "go.sum")
	data, err := os.ReadFile(gosum)
	if err != nil {
		t.Fatal(err)
	}
	data = regexp.MustCompile(`(?m)^example.com/Mod03 .*\n`).ReplaceAll(data, nil)
	if err := os.WriteFile(gosum, data, 0o666); err != nil {
		t.Fatal(err)
	}
	cache := w.cache("warm")
	cmd := w.warm(cache, "--all")
	cmd.Env = append(cmd.Env, "GOPROXY="+w.url+",direct")
	code, stdout, stderr := status(cmd)
	if code != 0 || !strings.HasSuffix(stdout, "; 2 modules by the go command\n") {
		t.Errorf("status %d, stdout %q", code, stdout)
	}
	if want := "goshim: the go command fetches 2 modules: example.com/Mod03@v1.0.0, example.com/Mod02@v1.0.0\n"; stderr != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	if got, err := os.ReadFile(gosum); err != nil || !bytes.Equal(got, data) {
		t.Errorf("go.sum is changed: %v\n%s", err, got)
	}
	w.offline(cache, "mod download", "mod verify")
	if got := w.run(w.warm(cache, "--all")); got != "nothing downloaded\n" {
		t.Errorf("a second warm: %q", got)
	}
}

// otherZip returns a directory with the zip of a module that has the names of
// Mod01 and other contents.
func (w *warmWorld) otherZip() string {
	other := newWarmWorld(w.t, 2, "")
	other.write("src/1/extra.go", "package mod\n")
	for i := range 2 {
		os.Remove(filepath.Join(other.top, "proxy", "example.com", fmt.Sprintf("!mod%02d", i), "@v", "v1.0.0.zip"))
	}
	other.makeModules(2)
	return filepath.Join(other.top, "proxy", "example.com", "!mod01", "@v")
}

// noLitter wants no temporary file in a module cache.
func noLitter(t *testing.T, cache string) {
	t.Helper()
	for path := range tree(t, cache) {
		if strings.HasSuffix(path, ".tmp") || strings.HasSuffix(path, ".partial") {
			t.Errorf("%s is left over", path)
		}
	}
}

// Eight at once download everything once.
func TestWarmOnce(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 10, "-modcacherw")
	w.proxy.Delay = 5 * time.Millisecond
	cache := w.cache("warm")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { w.run(w.warm(cache, "--all")) })
	}
	all.Wait()
	requests := w.proxy.Requests()
	slices.Sort(requests)
	if once := slices.Compact(slices.Clone(requests)); len(once) != len(requests) || len(requests) != 30 {
		t.Errorf("%d requests of %d files", len(requests), len(once))
	}
	w.offline(cache, "mod verify", "build -o /dev/null .")
}

// What is interrupted leaves no half file and no process, and is taken up by
// the next.
func TestWarmInterrupted(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 12, "-modcacherw")
	w.proxy.Delay = 20 * time.Millisecond
	cache := w.cache("warm")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := w.warm(cache, "--jobs=2")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		before := len(w.proxy.Requests())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for len(w.proxy.Requests()) < before+6 {
			time.Sleep(time.Millisecond)
		}
		cmd.Process.Signal(signal)
		cmd.Wait()
		if end := endOf(cmd); end != signal || stderr.String() != "goshim: interrupted; what is done stays, and the next goshim warm goes on from there\n" {
			t.Errorf("%v: ended by %v, stderr %q", signal, end, &stderr)
		}
		if err := syscall.Kill(-cmd.Process.Pid, 0); err != syscall.ESRCH {
			t.Errorf("%v: a process is left: %v", signal, err)
		}
		noLitter(t, cache)
	}
	var sum struct{ Downloaded int }
	if err := json.Unmarshal([]byte(w.run(w.warm(cache, "--json"))), &sum); err != nil || sum.Downloaded == 0 || sum.Downloaded >= 36 {
		t.Errorf("downloaded %d of 36 files, %v", sum.Downloaded, err)
	}
	w.offline(cache, "mod verify", "build -o /dev/null .")
}

// A warm that is killed at any moment, with go commands beside it, leaves a
// cache that they accept, and that the next warm makes equal to go's.
func TestWarmKilled(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 12, "")
	want := w.cache("go")
	w.run(w.command(want, w.realGo(), "mod", "download"))
	w.run(w.command(want, w.realGo(), "list", "-m", "all"))
	os.Remove(filepath.Join(want, "cache", "lock"))
	warm := w.warm(w.cache("warm"), "--all")
	start := time.Now()
	w.run(warm)
	whole := time.Since(start)
	rounds := max(*killRounds/2, 1)
	ended := 0
	for round := range rounds {
		w.proxy.Delay = time.Duration(round%3) * time.Millisecond
		cache := w.cache("warm")
		cmd := w.warm(cache, "--all")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var beside sync.WaitGroup
		beside.Go(func() {
			time.Sleep(rand.N(40 * time.Millisecond))
			w.run(w.command(cache, w.realGo(), "build", "-o", filepath.Join(t.TempDir(), "app"), "."))
		})
		timer := time.AfterFunc(5*time.Millisecond+rand.N(whole), func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		if cmd.Wait() == nil {
			ended++
		}
		timer.Stop()
		beside.Wait()
		if round%2 == 0 { // the go command mends it
			w.run(w.command(cache, w.realGo(), "mod", "download"))
			w.offline(cache, "mod verify", "build -o /dev/null .")
		}
		w.run(w.warm(cache, "--all"))
		w.offline(cache, "mod verify", "list -m all")
		os.Remove(filepath.Join(cache, "cache", "lock"))
		sameTree(t, tree(t, cache), tree(t, want))
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	t.Logf("%d of %d ended before they were killed", ended, rounds)
	if ended == rounds && rounds >= 10 {
		t.Error("none was killed in time")
	}
}

// Proxies are asked as the policy says: no second time, and after the first
// failures no other file.
func TestWarmPolicy(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 8, "-modcacherw")
	w.write("app/goshim.toml", "version = 1\ndefault = \"dev\"\n[env.dev]\nproxy_retries = 0\n")
	w.proxy.Fault = proxytest.Status(503, "")
	cache := w.cache("warm")
	code, stdout, stderr := status(w.warm(cache, "--jobs=1"))
	if code != 1 || stdout != "nothing downloaded\n" || strings.Count(stderr, "503 Service Unavailable") != 5 ||
		!strings.HasSuffix(stderr, "goshim: 19 more files not tried, because too many have failed\n") {
		t.Errorf("status %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if n := len(w.proxy.Requests()); n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
	w.proxy.Fault = nil
	w.run(w.warm(cache))
	w.offline(cache, "mod verify")
}

// A proxy that wants fewer requests than warm makes is asked as fast as it allows,
// and no file fails for that.
func TestWarmRate(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 30, "-modcacherw")
	slow := &proxytest.Server{Handler: w.proxy.Handler, Fault: proxytest.Rate(5, 50*time.Millisecond)}
	server := slow.Start()
	defer server.Close()
	cmd := w.warm(w.cache("rate"))
	cmd.Env = append(cmd.Env, "GOPROXY="+server.URL)
	code, stdout, stderr := status(cmd)
	if code != 0 || !strings.Contains(stdout, "of 30 modules") {
		t.Errorf("status %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
