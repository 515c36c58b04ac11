//go:build unix

package testscript

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestSessionInterrupted wants a command of the companion that waits for a
// proxy to end when it is asked to, with its go command, and to leave nothing.
func TestSessionInterrupted(t *testing.T) {
	w := newLayerWorld(t)
	asked, release := make(chan bool, 100), make(chan bool)
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- true
		<-release
	}))
	defer proxy.Close()
	defer close(release)

	tmp := t.TempDir()
	cmd := w.command("dev", "shim", "diff", "dev", "prod")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp, "GOPROXY="+proxy.URL, "GOMODCACHE="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Error("the proxy is not asked")
	}
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if got, want := stderr.String(), "goshim: interrupted; nothing is changed\n"; got != want {
		t.Errorf("standard error is %q, want %q", got, want)
	}
	if got := endOf(cmd); got != syscall.SIGTERM {
		t.Errorf("it ended by %v", got)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// endOf returns the signal that has ended the command.
func endOf(cmd *exec.Cmd) syscall.Signal { return cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() }
