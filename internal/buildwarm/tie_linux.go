package buildwarm

import "syscall"

// tie lets the kernel kill the go command when the thread that starts it ends,
// as it does if this process is killed. The thread must be kept until then
// (golang.org/issue/27505).
func tie(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	attr.Pdeathsig = syscall.SIGKILL
	return attr
}
