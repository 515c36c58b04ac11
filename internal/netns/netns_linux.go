package netns

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity returns what the answer of [Helper.Available] depends on, or "" if
// that cannot be known: the boot, the user, the user namespace, and the
// program, as AppArmor has rules for paths.
func identity(program string) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/user")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + strconv.Itoa(os.Geteuid()) + " " + space + " " + program + "\n"
}

// try starts the helper without a command.
func (h Helper) try() error {
	var stderr bytes.Buffer
	cmd := exec.Command(h.Path, h.Words...)
	cmd.Stderr = &stderr
	cmd.SysProcAttr = isolated(nil)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		said := strings.TrimSpace(strings.TrimPrefix(stderr.String(), "goshim: "))
		return errors.New(cmp.Or(said, err.Error()))
	}
	return reason(err)
}

// Start starts the command as [exec.Cmd.Start] does, but without a network.
func (h Helper) Start(cmd *exec.Cmd) error {
	cmd.Args = append(append([]string{h.Path}, h.Words...), cmd.Args...)
	cmd.Path = h.Path
	cmd.SysProcAttr = isolated(cmd.SysProcAttr)
	err := cmd.Start()
	if err != nil {
		os.Remove(h.note()) // it does not work any more
	}
	return reason(err)
}

// reason returns what the system says of a process that could not be started.
func reason(err error) error {
	var path *os.PathError
	switch {
	case errors.Is(err, unix.ENOSPC):
		return errors.New("clone: the limit user.max_user_namespaces or user.max_net_namespaces is reached")
	case errors.As(err, &path):
		return errors.New("clone: " + path.Err.Error())
	}
	return err
}

// isolated adds new namespaces to the attributes of a process. Root gets no
// user namespace where it can do without: the files of other users would be
// foreign in it.
func isolated(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.Cloneflags = unix.CLONE_NEWNET
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 && isCapable(unix.CAP_SYS_ADMIN) && isCapable(unix.CAP_NET_ADMIN) {
		return attr
	}
	attr.Cloneflags |= unix.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN}
	return attr
}

// isCapable reports whether the capability is effective in this process.
func isCapable(capability uint) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	return err == nil && data[capability/32].Effective&(1<<(capability%32)) != 0
}
