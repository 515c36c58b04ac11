//go:build unix

package relay

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// TestStopped has a relay that is stopped (SIGSTOP) while a go command waits for
// it, and a process that is stopped while it starts one: neither may hold others
// up for ever.
func TestStopped(t *testing.T) {
	t.Parallel()
	_, good := startProxy(t, nil)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, cfg := t.TempDir(), Config{Chain: chainOf(false, good), Env: []string{"HOME=/nowhere"}}
	r := ensure(t, dir, cfg)
	s, err := Open(t.Context(), dir, self, cfg, nil, Log{})
	if err != nil || !s.Shared() {
		t.Fatal(err)
	}
	defer s.Close()
	if err := syscall.Kill(r.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(r.PID, syscall.SIGCONT)
	m := newProject(t, s.Variables()[0][1])
	m.run("mod", "download")

	unlock, err := lockedfile.MutexAt(filepath.Join(stateDir(dir), "lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	waits, err := Open(t.Context(), dir, self, cfg, nil, Log{})
	if err != nil || waits.Shared() {
		t.Errorf("shared with a relay that is stopped: %v", err)
	}
	waits.Close()
	if locks, _ := filepath.Glob(filepath.Join(stateDir(dir), "*lock*")); len(locks) != 1 {
		t.Errorf("lock files: %q", locks)
	}
}
