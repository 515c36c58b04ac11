package shim

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// forwarded are caught so that they do not end this process before the child:
// Windows sends console events to every process of the console itself.
var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM}

func forward(*os.Process, os.Signal) {}

// startTied starts the child in a job that ends when this process is killed.
// This process joins the job first, and the child inherits it, so there is no
// moment at which the child could start a process outside of it. At a normal
// end the limit is lifted: what the child left running goes on.
func startTied(cmd *exec.Cmd, start func(*exec.Cmd) error) (release func(), err error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, err
	}
	if err := limitJob(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
		return nil, err
	}
	if err := windows.AssignProcessToJobObject(job, windows.CurrentProcess()); err != nil {
		return nil, err
	}
	if err := start(cmd); err != nil {
		limitJob(job, 0)
		return nil, err
	}
	return func() { limitJob(job, 0) }, nil
}

func limitJob(job windows.Handle, flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

// endAs returns the child's exit status.
func endAs(state *os.ProcessState) int { return state.ExitCode() }
