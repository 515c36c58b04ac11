//go:build unix

package detach

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStart starts a process while this one has a descriptor that it was given,
// and another one afterwards.
func TestStart(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	given, err := syscall.Dup(int(w.Fd())) // not closed by exec
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(given)
	child := func(start func(*exec.Cmd) error) string {
		cmd := exec.Command("sh", "-c", `[ -e /dev/fd/`+strconv.Itoa(given)+` ] && echo has it; :`)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := start(cmd); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if out := child(Start); strings.Contains(out, "has it") {
		t.Errorf("the background process has the descriptor: %s", out)
	}
	if out := child((*exec.Cmd).Start); !strings.Contains(out, "has it") {
		t.Errorf("the next process lacks the descriptor: %s", out)
	}
	if flags, err := unix.FcntlInt(uintptr(given), unix.F_GETFD, 0); err != nil || flags != 0 {
		t.Errorf("flags %d, %v", flags, err)
	}
}
