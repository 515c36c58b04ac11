package buildwarm

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
)

// packages are those that a command is about.
type packages struct {
	roots []string        // of the main modules, to be named to the command
	left  []Failure       // of the main modules, and why they are left out
	main  map[string]bool // of the main modules, with test programs and external tests
	deps  map[string]bool // all others that are compiled
}

// A listed is a package as go list prints it.
type listed struct {
	ImportPath string
	ForTest    string
	DepOnly    bool
	Module     *struct{ Main bool }
	Error      *struct{ Err string }
	DepsErrors []struct{ Err string }
}

// fault says why the package cannot be compiled, or returns "".
func (p *listed) fault() string {
	switch {
	case p.Error != nil:
		return p.Error.Err
	case len(p.DepsErrors) > 0:
		return p.DepsErrors[0].Err
	}
	return ""
}

// list returns the packages of the main modules and all that they import.
// Packages with an import that is missing are left out: go build and go vet
// would do nothing at all for their sake.
func (c *config) list(ctx context.Context, low bool) (*packages, error) {
	patterns, err := c.mainModules(ctx, low)
	if err != nil {
		return nil, err
	}
	args := []string{"list", "-e", "-deps", "-json=ImportPath,ForTest,DepOnly,Module,Error,DepsErrors"}
	if c.verb() != "build" {
		args = append(args, "-test")
	}
	out, err := c.output(ctx, append(append(args, c.listFlags()...), patterns...), low)
	if err != nil {
		return nil, err
	}
	all, err := gorun.DecodeList[listed](out)
	if err != nil {
		return nil, err
	}
	pkgs := &packages{main: map[string]bool{}, deps: map[string]bool{}}
	for _, p := range all {
		path := withoutVariant(p.ImportPath)
		switch {
		case p.Module != nil && p.Module.Main:
			pkgs.main[path] = true
			isProgram := strings.HasSuffix(path, ".test") // has no ForTest
			switch fault := p.fault(); {
			case p.DepOnly || p.ForTest != "" || isProgram:
			case fault != "":
				pkgs.left = append(pkgs.left, Failure{path, fault})
			default:
				pkgs.roots = append(pkgs.roots, path)
			}
		case p.Error == nil && path != "unsafe":
			pkgs.deps[path] = true
		}
	}
	return pkgs, nil
}

// withoutVariant returns the import path of a package that the go command lists
// as "path [of the test or program that it is made for]".
func withoutVariant(path string) string {
	path, _, _ = strings.Cut(path, " [")
	return path
}

// mainModules returns the patterns that match the packages of the main modules:
// more than one in a workspace.
func (c *config) mainModules(ctx context.Context, low bool) ([]string, error) {
	args := append([]string{"list", "-m", "-f={{.Dir}}"}, c.listFlags()...)
	out, err := c.output(ctx, args, low)
	if err != nil {
		return nil, err
	}
	var patterns []string
	for dir := range strings.Lines(string(out)) {
		if dir = strings.TrimRight(dir, "\r\n"); dir != "" {
			patterns = append(patterns, filepath.Join(dir, "..."))
		}
	}
	if len(patterns) == 0 {
		return nil, &diag.Error{Msg: "there is no main module in " + c.dir + " or above", Hint: "go mod init makes one"}
	}
	return patterns, nil
}

// output runs a go command that prints something.
func (c *config) output(ctx context.Context, args []string, low bool) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	if err := c.run(ctx, args, &stdout, &stderr, low); err != nil {
		text := strings.TrimSpace(stderr.String())
		if text == "" {
			text = err.Error()
		}
		return nil, &diag.Error{Msg: "go " + strings.Join(args[:2], " ") + ": " + text}
	}
	return stdout.Bytes(), nil
}
