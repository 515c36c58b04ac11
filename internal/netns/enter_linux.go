package netns

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Enter is the first process in the namespaces that [Helper.Start] has made. It
// brings loopback up and becomes the command, whose first word is the path of
// the executable. It returns if there is no command, or if something fails.
func Enter(command []string) error {
	if err := upLoopback(); err != nil {
		return err
	}
	if len(command) == 0 {
		return nil
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	return fmt.Errorf("exec %s: %w", command[0], unix.Exec(command[0], command, os.Environ()))
}

// upLoopback sets the interface lo up, which gives it its addresses, 127.0.0.1
// and ::1.
func upLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", err)
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
		return fmt.Errorf("reading the flags of lo: %w", err)
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("bringing lo up: %w", err)
	}
	return nil
}

// dropCapabilities gives back the capability that upLoopback needed. Root
// keeps what it had, as execve gives it that anyway. It counts for this thread,
// which is the one that calls execve.
func dropCapabilities() error {
	if os.Geteuid() == 0 {
		return nil
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("dropping ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("dropping capabilities: %w", err)
	}
	return nil
}
