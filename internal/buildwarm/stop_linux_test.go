package buildwarm

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// When it is interrupted, no process and no temporary file is left.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a part of the standard library")
	}
	s := newSandbox(t, fixture)
	s.goCommand("mod", "tidy", "-e")
	s.set("GOTMPDIR=" + s.tmp)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	opts := s.options()
	opts.Low = true
	opts.Progress = func(p Progress) {
		if p.Done == 5 {
			cancel()
		}
	}
	if _, err := Run(ctx, s.inv, opts); err == nil || err.Error() != "interrupted" {
		t.Fatalf("got %v", err)
	}
	if pids := s.processes(); len(pids) > 0 {
		t.Errorf("processes are left: %q", pids)
	}
	left, err := os.ReadDir(s.tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
}

// processes returns the processes that have the sandbox's build cache.
func (s *sandbox) processes() []string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var left []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && bytes.Contains(data, []byte("GOCACHE="+s.path("gocache"))) {
			cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			left = append(left, strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
	}
	return left
}

// Of two that fill one cache, the second waits, and may be interrupted then.
func TestLock(t *testing.T) {
	s := newSandbox(t, fixture)
	b := buildCache{Dir: s.path("gocache")}
	unlock, err := b.lock(context.Background(), s.inv.Env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := Run(ctx, s.inv, s.options())
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	cancel()
	if err := <-done; err == nil || err.Error() != "interrupted" {
		t.Errorf("got %v", err)
	}
	unlock()
	if unlock, err = b.lock(context.Background(), s.inv.Env); err != nil {
		t.Fatal(err)
	}
	unlock()
}
