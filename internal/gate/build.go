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
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// A Build is the step that builds the packages of the gate. Its go commands are
// those of the shim, so that all that the environment says holds for them.
type Build struct {
	Goshim   string   // path of the companion, which runs go commands as the shim does
	Dir      string   // where they run
	Env      []string // with the environment chosen
	Packages []string // patterns
	Out      string   // an empty directory, in which the programs are built

	Programs []string // paths of the programs, once the step has passed
}

// Run lists the packages, builds the programs among them into Out, and then the
// other packages, which no program may import. What fails is a finding at the
// line that the go command names.
func (b *Build) Run(ctx context.Context) (*finding.Report, string, error) {
	report := &finding.Report{Check: "build", Root: b.Dir}
	mains, others, ok, err := b.list(ctx, report)
	if err != nil || !ok {
		return report, "", err
	}
	report.Counts = []finding.Count{{What: "package", N: len(mains) + len(others)}, {What: "program", N: len(mains)}}
	for i, round := range rounds(mains) {
		if ok, err := b.programs(ctx, report, filepath.Join(b.Out, strconv.Itoa(i)), round); err != nil || !ok {
			return report, "", err
		}
	}
	if len(others) > 0 {
		if _, err := b.run(ctx, report, append([]string{"build"}, others...)); err != nil {
			return nil, "", err
		}
	}
	return report, "", nil
}

// list returns the import paths of the packages. It is not ok if the go command
// fails, or finds none.
func (b *Build) list(ctx context.Context, report *finding.Report) (mains, others []string, ok bool, err error) {
	out, err := b.run(ctx, report, append([]string{"list", "-f={{.ImportPath}} {{.Name}}"}, b.Packages...))
	if err != nil || report.Fails() {
		return nil, nil, false, err
	}
	for line := range strings.Lines(out) {
		path, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case path == "command-line-arguments":
			return nil, nil, false, &diag.Error{Msg: "the gate builds packages, not files", Hint: "name packages, such as ./..."}
		case name == "main":
			mains = append(mains, path)
		default:
			others = append(others, path)
		}
	}
	if len(mains)+len(others) == 0 {
		report.Add(finding.Finding{
			Rule: "build-nothing", Severity: finding.High,
			Message: "no packages match " + strings.Join(b.Packages, " "), Hint: "name the packages to be released, such as ./cmd/...",
		})
		return nil, nil, false, nil
	}
	return mains, others, true, nil
}

// programs builds programs of different names into dir.
func (b *Build) programs(ctx context.Context, report *finding.Report, dir string, mains []string) (ok bool, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return false, err
	}
	if _, err := b.run(ctx, report, append([]string{"build", "-o=" + dir + string(filepath.Separator)}, mains...)); err != nil || report.Fails() {
		return false, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	if len(entries) != len(mains) {
		return false, &diag.Error{Msg: fmt.Sprintf("go build made %d files of %d programs: %s", len(entries), len(mains), strings.Join(mains, ", "))}
	}
	for _, e := range entries {
		b.Programs = append(b.Programs, filepath.Join(dir, e.Name()))
	}
	return true, nil
}

// rounds parts programs such that no two in one round have the same name, as
// those in a directory must not.
func rounds(mains []string) [][]string {
	var all [][]string
	seen := make(map[string]int)
	for _, m := range mains {
		name := programName(m)
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
	cmd.Dir, cmd.Env = b.Dir, b.Env
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
