package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/shim"
)

// A Build is the step that builds the packages of the gate. Its go commands are
// those of the shim, so that all that the environment says holds for them.
type Build struct {
	Goshim   string   // path of the companion, which runs go commands as the shim does
	Dir      string   // where they run
	Env      []string // with the environment chosen
	Packages []string // patterns
	Out      string   // an empty directory, in which the programs are built

	Programs []Program // what is in Out, once the step has passed
}

// A Program is one that is built.
type Program struct {
	Package string // import path
	Dir     string // of its files
	Path    string // of the program
}

// Run lists the packages, builds the programs among them into Out, and then the
// other packages, which no program may import. What fails is a finding at the
// line that the go command names.
func (b *Build) Run(ctx context.Context) (*finding.Report, error) {
	report := &finding.Report{Check: "build", Root: b.Dir}
	mains, others, err := b.list(ctx, report)
	if err != nil || report.Fails() {
		return report, err
	}
	report.Counts = []finding.Count{{What: "package", N: len(mains) + len(others)}, {What: "program", N: len(mains)}}
	var built []Program
	for i, round := range rounds(mains) {
		if err := b.programs(ctx, report, filepath.Join(b.Out, strconv.Itoa(i)), round); err != nil || report.Fails() {
			return report, err
		}
		built = append(built, round...)
	}
	if len(others) > 0 {
		if _, err := b.run(ctx, report, append([]string{"build"}, others...)); err != nil {
			return nil, err
		}
	}
	b.Programs = built
	return report, nil
}

// list returns the programs, and the import paths of the other packages. That
// there are none at all is a finding.
func (b *Build) list(ctx context.Context, report *finding.Report) (mains []Program, others []string, err error) {
	out, err := b.run(ctx, report, append([]string{"list", "-f={{.ImportPath}}\t{{.Name}}\t{{.Dir}}"}, b.Packages...))
	if err != nil || report.Fails() {
		return nil, nil, err
	}
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", 3)
		switch {
		case len(f) < 3:
		case f[0] == "command-line-arguments":
			return nil, nil, &diag.Error{Msg: "the gate builds packages, not files", Hint: "name packages, such as ./..."}
		case f[1] == "main":
			mains = append(mains, Program{Package: f[0], Dir: f[2]})
		default:
			others = append(others, f[0])
		}
	}
	if len(mains)+len(others) == 0 {
		report.Add(finding.Finding{
			Rule: "build-nothing", Severity: finding.High,
			Message: "no packages match " + strings.Join(b.Packages, " "), Hint: "name the packages to be released, such as ./cmd/...",
		})
	}
	return mains, others, nil
}

// programs builds programs of different names into dir, and fills in where each
// of them is.
func (b *Build) programs(ctx context.Context, report *finding.Report, dir string, mains []Program) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	args := []string{"build", "-o=" + dir + string(filepath.Separator)}
	for _, m := range mains {
		args = append(args, m.Package)
	}
	if _, err := b.run(ctx, report, args); err != nil || report.Fails() {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for i, m := range mains {
		at := slices.IndexFunc(entries, func(e os.DirEntry) bool { return strings.TrimSuffix(e.Name(), ".exe") == programName(m.Package) })
		if at < 0 {
			return &diag.Error{Msg: "go build made no program of " + m.Package}
		}
		mains[i].Path = filepath.Join(dir, entries[at].Name())
	}
	return nil
}

// rounds parts programs such that no two in one round have the same name, as
// those in a directory must not.
func rounds(mains []Program) [][]Program {
	var all [][]Program
	seen := make(map[string]int)
	for _, m := range mains {
		name := programName(m.Package)
		i := seen[name]
		seen[name]++
		if i == len(all) {
			all = append(all, nil)
		}
		all[i] = append(all[i], m)
	}
	return all
}

// programName returns the name that go build gives the program of a package,
// without the system's ending (cmd/go/internal/load.DefaultExecName).
func programName(importPath string) string {
	if prefix, major, ok := module.SplitPathVersion(importPath); ok && strings.HasPrefix(major, "/") {
		importPath = prefix
	}
	return path.Base(importPath)
}

// run runs a go command as the shim does, and returns its standard output. If
// the command fails, what it says becomes findings.
func (b *Build) run(ctx context.Context, report *finding.Report, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, b.Goshim, append([]string{"go"}, args...)...)
	env := envset.New(b.Env)
	env.SetDebug(shim.NoIndex, diag.Pos{})
	cmd.Dir, cmd.Env = b.Dir, env.Environ()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return stdout.String(), nil
	case !errors.As(err, &exit):
		return "", err
	}
	found := parse(args[0], stderr.String())
	if len(found) == 0 {
		found = []finding.Finding{{
			Rule: args[0] + "-failed", Severity: finding.High,
			Message: fmt.Sprintf("go %s ended with %s and said nothing", args[0], exit),
		}}
	}
	for _, f := range found {
		report.Add(f)
	}
	return "", nil
}
