package netns

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestMain lets this binary be the helper.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "netns" {
		if err := Enter(os.Args[2:]); err != nil {
			os.Stderr.WriteString("goshim: " + err.Error() + "\n")
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newHelper returns this binary as the helper.
func newHelper(t *testing.T) Helper {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Helper{Path: self, Words: []string{"netns"}, Cache: filepath.Join(t.TempDir(), "cache")}
}

func TestAvailable(t *testing.T) {
	h := newHelper(t)
	err := h.Available()
	_, noted := os.Stat(h.note())
	if (err == nil) != (noted == nil) {
		t.Errorf("available: %v, and the note: %v", err, noted)
	}
	if runtime.GOOS != "linux" && (err == nil || err.Error() != runtime.GOOS+" has no network namespaces") {
		t.Errorf("got %v", err)
	}
	if err != nil {
		t.Skip(err)
	}
	h.Words = []string{"fails"} // the note is believed
	if err := h.Available(); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(h.Cache); len(entries) != 1 {
		t.Errorf("the cache has %v", entries)
	}
	if err := os.WriteFile(h.note(), []byte("of another boot\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	h.Words = []string{"-test.run=^$", "-unknown"}
	if err := h.Available(); err == nil {
		t.Error("a note of another boot is believed")
	}
}

// TestReadOnly wants a cache that cannot be written to be done without.
func TestReadOnly(t *testing.T) {
	h := newHelper(t)
	err := h.Available()
	h.Cache = filepath.Join(h.Path, "no directory")
	if got := h.Available(); (got == nil) != (err == nil) {
		t.Errorf("got %v, want %v", got, err)
	}
	h.Cache = ""
	if got := h.Available(); (got == nil) != (err == nil) {
		t.Errorf("without a cache: got %v, want %v", got, err)
	}
}

func TestStart(t *testing.T) {
	h := newHelper(t)
	if err := h.Available(); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `echo "$0,$1,$(id -u):$(id -g)"; grep CapEff /proc/self/status; tail -n +3 /proc/net/dev | cut -d: -f1; exit 7`, "argv0", "a_b")
	var out strings.Builder
	cmd.Stdout = &out
	err := h.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if cmd.ProcessState.ExitCode() != 7 {
		t.Fatalf("status %d, %v", cmd.ProcessState.ExitCode(), err)
	}
	words := strings.Fields(out.String()) // the first line, "CapEff:", capabilities, interfaces
	if want := fmt.Sprintf("argv0,a_b,%d:%d", os.Geteuid(), os.Getegid()); words[0] != want {
		t.Errorf("got %q, want %q", words[0], want)
	}
	if os.Geteuid() != 0 && words[2] != "0000000000000000" {
		t.Errorf("it has the capabilities %s", words[2])
	}
	if !slices.Contains(words[3:], "lo") || slices.Contains(words[3:], "eth0") {
		t.Errorf("it has the interfaces %q", words[3:])
	}
}

// TestStartFails wants the note to go when it is wrong.
func TestStartFails(t *testing.T) {
	h := newHelper(t)
	if err := h.Available(); err != nil {
		t.Skip(err)
	}
	h.Path = filepath.Join(h.Cache, "nowhere")
	if err := h.Start(exec.Command("/bin/true")); err == nil {
		t.Error("it started")
	}
	if _, err := os.Stat(h.note()); err == nil {
		t.Error("the note is still there")
	}
}
