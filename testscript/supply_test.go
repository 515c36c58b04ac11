//go:build unix

package testscript

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// shim returns a go command by the shim, with the given settings in the policy.
func (w *warmWorld) shim(settings, cache string, args ...string) *exec.Cmd {
	w.write("app/goshim.toml", "version = 1\ndefault = \"dev\"\n[env.dev]\n"+settings)
	return w.command(cache, withCompanion(w.t), args...)
}

// gate lets a proxy's handler wait until the function open is called. The channel
// says when the first request has come.
func gate(h http.Handler) (gated http.Handler, reached chan struct{}, open func()) {
	opened := make(chan struct{})
	reached = make(chan struct{})
	reach := sync.OnceFunc(func() { close(reached) })
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		reach()
		<-opened
		h.ServeHTTP(rw, r)
	}), reached, sync.OnceFunc(func() { close(opened) })
}

// A build goes on when the relay that serves it is killed in the middle.
func TestRelayKilled(t *testing.T) {
	t.Parallel()
	for _, prewarm := range []string{"off", "foreground"} {
		w := newWarmWorld(t, 8, "-modcacherw")
		handler, reached, open := gate(w.proxy.Handler)
		w.proxy.Handler = handler
		t.Cleanup(open)
		cache := w.cache("relay")
		cmd := w.shim("relay = \"always\"\nprewarm = \""+prewarm+"\"\n", cache, "build", "-o", filepath.Join(w.top, "bin"), ".")
		done := make(chan string, 1)
		go func() { done <- w.run(cmd) }()
		<-reached
		if prewarm == "off" {
			pid := w.relayPID()
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		open()
		if out := <-done; strings.Contains(out, "goshim") {
			t.Errorf("prewarm %s: the build says %q", prewarm, out)
		}
		w.offline(cache, "mod verify", "build -o /dev/null .")
	}
}

// relayPID returns the process ID of the only relay.
func (w *warmWorld) relayPID() int {
	w.t.Helper()
	out, err := w.command("", buildTools(w.t).goshim, "relay", "status", "--json").Output()
	if err != nil {
		w.t.Fatal(err)
	}
	var relays []struct{ PID int }
	if err := json.Unmarshal(out, &relays); err != nil || len(relays) != 1 {
		w.t.Fatalf("%v: %s", err, out)
	}
	return relays[0].PID
}

// A warm in the background goes on beside a command that does not wait for it,
// and after it; a second one is not started within a minute.
func TestPrewarmBackground(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 3, "-modcacherw")
	w.write("app/alone/alone.go", "package alone\n")
	handler, reached, open := gate(w.proxy.Handler)
	w.proxy.Handler = handler
	t.Cleanup(open)
	cache := w.cache("background")
	out, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := w.shim("prewarm = \"background\"\n", cache, "list", "./alone")
	w.run(cmd)
	if n := len(w.proxy.Requests()); n > 0 {
		t.Errorf("go list made %d requests", n)
	}
	for range 2 {
		cmd = w.shim("prewarm = \"background\"\n", cache, "vet", "./alone")
		cmd.ExtraFiles = []*os.File{end}
		if got := w.run(cmd); got != "" {
			t.Errorf("go vet says %q", got)
		}
	}
	end.Close()
	<-reached
	// The warm waits for the proxy, and has no descriptor of the commands.
	out.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := out.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the warm holds what the command was given: %v", err)
	}
	open()
	w.waitForAll()
	w.offline(cache, "mod verify", "build -o /dev/null .")
	requests := w.proxy.Requests()
	slices.Sort(requests)
	if once := slices.Compact(slices.Clone(requests)); len(once) != len(requests) || len(once) != 9 {
		t.Errorf("%d requests of %d files", len(requests), len(once))
	}
}

// waitForAll waits until no process works in the world's directory any more.
func (w *warmWorld) waitForAll() {
	w.t.Helper()
	for range 6000 {
		dirs, err := filepath.Glob("/proc/[0-9]*/cwd")
		if err != nil || len(dirs) == 0 {
			w.t.Skip("this system does not list the directories of processes")
		}
		works := func(dir string) bool {
			cwd, err := os.Readlink(dir)
			return err == nil && strings.HasPrefix(cwd, w.top)
		}
		if !slices.ContainsFunc(dirs, works) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatal("a process does not end")
}

// A go command that is interrupted while goshim waits for a proxy dies by the
// signal, as the real one does, so that a loop of the shell ends.
func TestSupplyInterrupted(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		// A proxy each: one may still serve a request of the command before.
		w := newWarmWorld(t, 1, "-modcacherw")
		handler, reached, open := gate(w.proxy.Handler)
		w.proxy.Handler = handler
		t.Cleanup(open)
		cmd := w.shim("prewarm = \"foreground\"\n", w.cache("interrupted"), "build", "-o", filepath.Join(w.top, "bin"), ".")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-reached
		cmd.Process.Signal(sig)
		cmd.Wait()
		if end := endOf(cmd); end != sig || !strings.Contains(stderr.String(), "goshim: interrupted before go build; ") {
			t.Errorf("%v: ended by %v: %s", sig, end, &stderr)
		}
	}
}
