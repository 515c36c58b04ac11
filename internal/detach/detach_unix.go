//go:build unix

package detach

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// starting is held while inherited descriptors are hidden.
var starting sync.Mutex

// Start starts the command in a session of its own, so that a key at a terminal
// does not end it. The standard streams that the command does not set are those of
// the null device, and it inherits no other descriptor.
//
// No other process may be started meanwhile that is to inherit what this process
// was given.
func Start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	starting.Lock()
	defer starting.Unlock()
	// What this process opens is closed by exec (os.OpenFile). What it was given
	// itself is not, and must stay so for the go command, which comes next.
	given := inherited()
	for _, fd := range given {
		unix.CloseOnExec(fd)
	}
	defer func() {
		for _, fd := range given {
			unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
		}
	}()
	return cmd.Start()
}

// inherited returns the descriptors above 2 that a child would have.
func inherited() []int {
	var given []int
	for _, fd := range open() {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if fd > 2 && err == nil && flags&unix.FD_CLOEXEC == 0 {
			given = append(given, fd)
		}
	}
	return given
}

// mostOpen is how many descriptors are tried where the system does not list them.
const mostOpen = 1 << 16

// lists are the directories that list the descriptors of this process. On other
// systems, /dev/fd may have the first three only.
var lists = map[string]string{"linux": "/proc/self/fd", "android": "/proc/self/fd", "darwin": "/dev/fd", "ios": "/dev/fd"}

// open returns the descriptors that may be open.
func open() []int {
	var fds []int
	if entries, err := os.ReadDir(lists[runtime.GOOS]); err == nil {
		for _, e := range entries {
			if fd, err := strconv.Atoi(e.Name()); err == nil {
				fds = append(fds, fd)
			}
		}
		return fds
	}
	var limit syscall.Rlimit
	n := mostOpen
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		n = int(min(uint64(limit.Cur), mostOpen))
	}
	for fd := range n {
		fds = append(fds, fd)
	}
	return fds
}
