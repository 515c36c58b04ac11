package buildwarm

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/shim"
)

// Filter stands before a tool of the go command, by -toolexec: args are the
// path of a file with the import paths of packages to refuse, and the tool with
// its arguments. For such a package it returns 1, silently; else it becomes the
// tool, or runs it where a process cannot be replaced.
//
// The go command names the package in TOOLEXEC_IMPORTPATH. It sets nothing
// where it only asks a tool for its version.
func Filter(args, environ []string) (status int) {
	if len(args) < 2 {
		return shim.Refuse(&diag.Error{Msg: "toolexec: want a file and a command"})
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return shim.Refuse(&diag.Error{Msg: err.Error()})
	}
	path := withoutVariant(envset.New(environ).Get("TOOLEXEC_IMPORTPATH"))
	if path != "" && slices.Contains(strings.Split(string(data), "\n"), path) {
		return 1
	}
	plan := &shim.Plan{Path: args[1], Args: args[1:], Env: environ}
	return plan.Run(plan.Exec)
}

// A refusedFile is what [Filter] reads.
type refusedFile struct{ path string }

// writeRefused writes the packages to a file in a directory of its own.
func writeRefused(packages map[string]bool) (refusedFile, error) {
	dir, err := os.MkdirTemp("", "goshim-")
	if err != nil {
		return refusedFile{}, &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	f := refusedFile{filepath.Join(dir, "main-packages")}
	var lines []string
	for path := range packages {
		lines = append(lines, path)
	}
	if err := os.WriteFile(f.path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		f.remove()
		return refusedFile{}, &diag.Error{Msg: err.Error()}
	}
	return f, nil
}

func (f refusedFile) remove() { os.RemoveAll(filepath.Dir(f.path)) }

// toolexec returns the value of -toolexec: the filter, and behind it the
// program that the environment itself puts before the tools.
func (c *config) toolexec(filter []string, refused string) (string, error) {
	words, err := gocmd.SplitQuoted(c.wrapper)
	if err == nil {
		words, err = slices.Concat(filter, []string{refused}, words), nil
	}
	value := ""
	if err == nil {
		value, err = gocmd.JoinQuoted(words)
	}
	if err != nil {
		return "", &diag.Error{Msg: "-toolexec: " + err.Error()}
	}
	return value, nil
}
