package shim

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/loader"
)

// Main runs the shim as this process and returns its exit status: 2 for a
// refusal of its own, otherwise that of the go command. Where the process is
// replaced, it does not return.
func Main() int {
	plan, err := Resolve(Current())
	if err != nil {
		return Refuse(err)
	}
	plan.Announce()
	return plan.Run(plan.Exec)
}

// Refuse says why nothing runs, and returns the exit status.
func Refuse(err error) int {
	os.Stderr.WriteString(diag.Text(err))
	return 2
}

// Announce writes what the user asked to see or has to decide.
func (p *Plan) Announce() {
	level := p.LogLevel()
	if level == "debug" {
		os.Stderr.WriteString(p.trace())
	}
	if p.Notice != "" && level != "error" && IsTerminal(os.Stderr) {
		Note(p.Notice)
	}
	if p.Warning != "" {
		Note(p.Warning)
	}
}

// Note writes one line for the user.
func Note(line string) { os.Stderr.WriteString("goshim: " + diag.Printable(line) + "\n") }

// LogLevel returns how much is said of the plan: "error", "warn" or "debug".
func (p *Plan) LogLevel() string {
	switch {
	case os.Getenv("GOSHIM_DEBUG") == "1":
		return "debug"
	case p.Policy != nil && p.Policy.Log.IsSet():
		return p.Policy.Log.Value
	}
	return "warn"
}

// Run prepares and starts the plan's process, by [Plan.Exec] or [Plan.Child],
// and returns its exit status.
func (p *Plan) Run(start func() (int, error)) (status int) {
	if err := p.prepare(); err != nil {
		return Refuse(err)
	}
	status, err := start()
	if err != nil {
		return Refuse(unstarted(p.Path, err))
	}
	return status
}

// unstarted returns the error for a program that does not start. Of one that is
// there, the system says that it is not if its loader is missing: as in an image
// without the C library that it was linked with.
func unstarted(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if name := loader.Missing(path); name != "" {
			return &diag.Error{
				Msg:  "exec " + path + ": " + name + ", which it needs to start, is not there",
				Hint: "use a go command that was built for this system; programs built with CGO_ENABLED=0 need no loader",
			}
		}
	}
	return &diag.Error{Msg: "exec " + path + ": " + cause(err)}
}

// Current returns the invocation of this process.
func Current() Invocation {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // deleted under our feet: the go command will say so
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return Invocation{Args: os.Args[1:], Dir: dir, Env: os.Environ(), Self: self}
}

// cause returns what went wrong, without the path that the caller names.
func cause(err error) string {
	var perr *os.PathError
	if errors.As(err, &perr) {
		return perr.Err.Error()
	}
	return err.Error()
}

// trace returns what GOSHIM_DEBUG=1 writes: the departures, what is made first,
// and the command.
func (p *Plan) trace() string {
	var lines []string
	if pol := p.Policy; pol != nil {
		lines = append(lines, pol.Choice.String())
	}
	for _, r := range p.Why {
		lines = append(lines, r.String())
	}
	lines = append(lines, p.Steps()...)
	lines = append(lines, "exec "+strings.Join(p.Args, " "))
	text := ""
	for _, line := range lines {
		text += "goshim: debug: " + diag.Printable(line) + "\n"
	}
	return text
}

// String returns the reason as a line: position first, as in an error.
func (r Reason) String() string {
	if r.Source.File == "" {
		return r.What
	}
	return r.Source.String() + ": " + r.What
}

// IsTerminal reports whether a person may be reading the file. The null
// device, which is a character device too, is not a terminal.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
