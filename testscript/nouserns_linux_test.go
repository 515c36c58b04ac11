package testscript

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// nouserns runs a command on a system that allows no namespaces, as many
// containers do: an ordinary user in a user namespace that can have no others.
func nouserns() {
	if err := enterNouserns(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "nouserns:", err)
		os.Exit(125)
	}
}

func enterNouserns(args []string) error {
	if os.Getenv("NOUSERNS") == "" {
		return startNouserns(args)
	}
	os.Unsetenv("NOUSERNS")
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		return err
	}
	path, err := exec.LookPath(args[1])
	if err != nil {
		return err
	}
	runtime.LockOSThread() // what is executed has the capabilities of this thread
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	return unix.Exec(path, args[1:], os.Environ())
}

func startNouserns(args []string) error {
	const user = 1000 // not root, which execve gives all capabilities
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = args
	cmd.Env = append(os.Environ(), "NOUSERNS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getegid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_RESOURCE},
	}
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		os.Exit(exit.ExitCode())
	}
	return err
}
