package buildwarm

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/shim"
)

// Filter stands before a tool of the go command, by -toolexec: args are the
// directory of a [ledger], and the tool with its arguments. For a package that
// the ledger refuses it returns 1, silently; else it notes the package there and
// becomes the tool, or runs it where a process cannot be replaced.
//
// The go command names the package in TOOLEXEC_IMPORTPATH. It sets nothing
// where it only asks a tool for its version. Of a C compiler it gives a name that
// is looked up in PATH, and the version is part of the hash of all packages with
// cgo (cmd/go/internal/work.gccToolID).
func Filter(args, environ []string) (status int) {
	if len(args) < 2 {
		return shim.Refuse(&diag.Error{Msg: "toolexec: want a directory and a command"})
	}
	l := ledger(args[0])
	if path := withoutVariant(envset.New(environ).Get("TOOLEXEC_IMPORTPATH")); path != "" {
		refused, err := l.refuses(path)
		switch {
		case err != nil:
			return shim.Refuse(&diag.Error{Msg: err.Error()})
		case refused:
			return 1
		}
		l.note(path)
	}
	path, err := exec.LookPath(args[1])
	if err != nil {
		return shim.Refuse(&diag.Error{Msg: err.Error()})
	}
	plan := &shim.Plan{Path: path, Args: args[1:], Env: environ}
	return plan.Run(plan.Exec)
}

// toolexec returns the value of -toolexec: the filter, and behind it the
// program that the environment itself puts before the tools.
func (c *config) toolexec(filter []string, l ledger) (string, error) {
	words, err := gocmd.SplitQuoted(c.wrapper)
	if err != nil {
		return "", &diag.Error{Msg: "-toolexec: " + err.Error()}
	}
	value, err := gocmd.JoinQuoted(slices.Concat(filter, []string{string(l)}, words))
	if err != nil {
		return "", &diag.Error{Msg: "-toolexec: " + err.Error()}
	}
	return value, nil
}

// A ledger is the directory by which Run and the filters talk: the file refused
// has the import paths of packages that no tool is to work on, and in the file
// begun each filter adds that of the package whose tool it starts. The go
// command has its temporary files there too, so that they go with it even if
// the go command is killed.
type ledger string

// newLedger makes the directory in parent, or, if that is "", where temporary
// files lie.
func newLedger(parent string, refused map[string]bool) (ledger, error) {
	dir, err := os.MkdirTemp(parent, "goshim-")
	if err != nil {
		return "", &diag.Error{Msg: err.Error(), Hint: "set GOTMPDIR to a directory that can be written"}
	}
	l := ledger(dir)
	var lines []string
	for path := range refused {
		lines = append(lines, path)
	}
	if err := os.WriteFile(l.file("refused"), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		l.remove()
		return "", &diag.Error{Msg: err.Error()}
	}
	return l, nil
}

func (l ledger) file(name string) string { return filepath.Join(string(l), name) }

func (l ledger) remove() { os.RemoveAll(string(l)) }

func (l ledger) refuses(path string) (bool, error) {
	data, err := os.ReadFile(l.file("refused"))
	return slices.Contains(strings.Split(string(data), "\n"), path), err
}

// note adds a line. Many processes do so at once, and none writes over another.
// It is only for the count, so that an error does not matter.
func (l ledger) note(path string) {
	f, err := os.OpenFile(l.file("begun"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		f.WriteString(path + "\n")
		f.Close()
	}
}

// follow calls begun for each package that is noted, once, until stop is called.
func (l ledger) follow(begun func(path string)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	seen := make(map[string]bool)
	offset := int64(0)
	read := func() {
		f, err := os.Open(l.file("begun"))
		if err != nil {
			return // nothing yet
		}
		defer f.Close()
		data, _ := io.ReadAll(io.NewSectionReader(f, offset, 1<<62))
		data = data[:bytes.LastIndexByte(data, '\n')+1]
		offset += int64(len(data))
		for path := range strings.Lines(string(data)) {
			if path = strings.TrimSpace(path); !seen[path] {
				seen[path] = true
				begun(path)
			}
		}
	}
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				read()
				return
			case <-time.After(200 * time.Millisecond):
				read()
			}
		}
	}()
	return func() { close(done); <-ended }
}
