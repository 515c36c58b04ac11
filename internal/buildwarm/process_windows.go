package buildwarm

import (
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// startGroup starts the command in a job, which ends with this process. Below
// the normal priority class, children have their parent's.
func startGroup(cmd *exec.Cmd, start func(*exec.Cmd) error, low bool) (end func(killed bool), err error) {
	job, err := newJob()
	if err != nil {
		return nil, err
	}
	end = func(bool) { windows.CloseHandle(job) }
	if low {
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.BELOW_NORMAL_PRIORITY_CLASS}
	}
	cmd.Cancel = func() error { return windows.TerminateJobObject(job, 1) }
	if err := start(cmd); err != nil {
		end(true)
		return nil, err
	}
	// The go command needs longer to start a process than this does.
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(cmd.Process.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, process)
		windows.CloseHandle(process)
	}
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		end(true)
		return nil, err
	}
	return end, nil
}

// newJob makes a job whose processes are killed when its handle is closed.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		windows.CloseHandle(job)
	}
	return job, err
}
