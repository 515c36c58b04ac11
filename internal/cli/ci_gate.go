package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/exefile"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gitrun"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/shim"
)

const ciGateHelp = `Gate decides whether what is checked out here may be released: it runs the
steps below in this order and stops at the first that fails. The packages are
those of the program, ./... if none are named.

  step       status
  gosum      10      go.sum is whole, and well formed
  vendor     11      vendor/ is what go.sum and the zips say, and committed as it is
  git-clean  12      the work tree has nothing that is not committed
  policy     13      the policy files are in order, trusted, and obeyed
  build      14      the packages build as the environment has them
  inject     15      the programs have the values that the policy injects
  prove      16      nothing but vendor/, the modules and GOROOT went into them

The status is 0 if no step fails, else that of the first one that does, or 2 if
the gate could not be run: an unknown environment, for example. A step that has
nothing to check is skipped, with the reason.

In a workspace that has no go.mod around this directory, the steps are run for
each module that go.work uses and that lies in the repository, as in the module's
own directory; the packages are all of them, and -o has a directory for each.

The report files are written in the end, whatever comes of it; a file "-" is
standard output, and what is for people goes to standard error then. Name files
that git ignores or outside of the checkout, as the step git-clean wants no
others.

The gate reads everything itself: it believes no stamp and no recorded hash that an
earlier command has left.`

// gateFlags are the flags of ci gate.
type gateFlags struct {
	env, annotate, output string
	keepGoing             bool
	allowMissingZips      bool
	reports               gateReports
}

func newCiGateCmd(a *App) *cobra.Command {
	var flags gateFlags
	cmd := &cobra.Command{
		Use:   "gate [PACKAGES]",
		Short: "Check, build and prove what is released",
		Long:  ciGateHelp,
		Example: `  goshim ci gate --env prod
  goshim ci gate --env prod --junit gate.xml --sarif gate.sarif -o bin ./cmd/...`,
		RunE: func(_ *cobra.Command, args []string) error { return a.ciGate(flags, args) },
	}
	a.addEnvFlag(cmd, &flags.env)
	f := cmd.Flags()
	f.BoolVar(&flags.keepGoing, "keep-going", false, "run all steps, whatever fails")
	f.BoolVar(&flags.allowMissingZips, "allow-missing-zips", false, "let vendor/ pass where the module cache lacks the zips to compare it with")
	f.StringVarP(&flags.output, "output", "o", "", "the `directory` that the programs are put into if the gate is passed")
	f.StringVar(&flags.annotate, "annotate", "auto", "mark findings for `github`, gitlab or none; auto knows the two by their variables")
	for _, r := range flags.reports.all() {
		f.StringVar(r.path, r.flag, "", "write "+r.what+" to this `file`")
	}
	cmd.RegisterFlagCompletionFunc("annotate", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return annotations, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// annotations are the values of --annotate.
var annotations = []string{"auto", "github", "gitlab", "none"}

func (a *App) ciGate(flags gateFlags, packages []string) error {
	if !slices.Contains(annotations, flags.annotate) {
		return &diag.Error{
			Msg:  "--annotate " + strconv.Quote(flags.annotate) + " is none of " + strings.Join(annotations, ", "),
			Hint: diag.DidYouMean(flags.annotate, annotations),
		}
	}
	if err := flags.reports.begin(a); err != nil {
		return err
	}
	for _, p := range packages {
		if strings.HasPrefix(p, "-") {
			return &diag.Error{Msg: strconv.Quote(p) + " is no package", Hint: "flags of go build belong into goshim.toml: flags, tags"}
		}
	}
	if flags.output != "" {
		flags.output = a.abs(flags.output)
		if err := os.MkdirAll(flags.output, 0o777); err != nil {
			return &diag.Error{Msg: "making the directory for the programs: " + err.Error()}
		}
	}
	ctx, stop := interruptible()
	defer stop()
	gates, work, err := a.openGates(ctx, flags, packages)
	if err != nil {
		return err
	}
	defer closeGates(gates)
	show := newGateShow(a, flags)
	defer show.close()
	options := gate.Options{Root: gates[0].root, Dir: a.Dir, KeepGoing: flags.keepGoing, Began: show.began, Ended: show.ended}
	if work != nil {
		show.say(work.sentence())
		options.Root = work.root
	}
	var steps []gate.Step
	steps, options.Environment = stepsOf(gates)
	result, err := gate.Run(ctx, steps, options)
	if err != nil {
		return &diag.Error{Msg: "interrupted; the gate is not passed"}
	}
	if result.Passed {
		err = keepAll(gates)
	} else {
		err = a.warnOfOld(flags.output)
	}
	if err != nil {
		return err
	}
	show.end(result)
	if err := flags.reports.write(a, result); err != nil {
		return err
	}
	if !result.Passed {
		return exitError(result.Exit)
	}
	return nil
}

// A gateRun is what the steps of one gate work on.
type gateRun struct {
	app      *App   // in the directory of the module
	module   string // path of the module if it is one of a workspace's, else ""
	root     string // of the repository, or of the module outside of one
	env      string // the environment, "" where no policy is in force
	packages []string
	inv      shim.Invocation // of its go commands, which are policed whatever GOSHIM says
	output   string          // directory that the programs are put into in the end, or ""
	needZips bool            // vendor/ is to be compared with the zips of all its modules
	target   *shim.Target    // nil if refused
	refused  error           // what the policy files have against every go command here
	temp     string          // directory of the programs and of stamps, which is removed in the end
	build    gate.Build
}

// openGate finds what the gate is about. Where the policy files themselves are
// what stops it, that is what the step policy finds. The gate believes nothing that
// was found before it.
func (a *App) openGate(ctx context.Context, flags gateFlags, packages []string) (g *gateRun, err error) {
	out, err := os.MkdirTemp("", "goshim-gate-")
	if err != nil {
		return nil, &diag.Error{Msg: "making a directory for the programs: " + err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	defer func() {
		if err != nil {
			os.RemoveAll(out)
		}
	}()
	own := *a
	own.Env = append(slices.Clone(a.Env), stamp.DirVar+"="+filepath.Join(out, "stamps"))
	a = &own
	g = &gateRun{app: a, env: flags.env, packages: packages, output: flags.output, needZips: !flags.allowMissingZips, root: git.Find(a.Dir)}
	target, err := a.module(flags.env)
	var fault *diag.Error
	switch {
	case err == nil:
		g.target, g.env, g.inv = target, target.Policy.Choice.Env, a.commandsOf(target)
	case errors.As(err, &fault) && fault.Pos.File != "":
		g.refused = err
	default:
		return nil, err
	}
	if g.root == "" && g.target != nil {
		g.root = g.target.Use.Root
	}
	if g.root == "" {
		g.root = a.Dir
	}
	g.inv.Env = gitrun.Quiet(ctx, a.Dir, g.inv.Env)
	g.build = gate.Build{Goshim: a.Self, Dir: a.Dir, Env: g.inv.Env, Packages: packages, Out: filepath.Join(out, "programs")}
	g.temp = out
	return g, nil
}

func (g *gateRun) close() { os.RemoveAll(g.temp) }

// buildPrograms is the step that builds.
func (g *gateRun) buildPrograms(ctx context.Context) (*finding.Report, error) {
	report, err := g.build.Run(ctx)
	if g.output == "" || err != nil {
		return report, err
	}
	seen := make(map[string]bool)
	for _, program := range g.build.Programs {
		name := filepath.Base(program.Path)
		if seen[name] {
			return nil, &diag.Error{Msg: "two programs are named " + strconv.Quote(name) + ", and --output is one directory", Hint: "name the packages of one of them"}
		}
		seen[name] = true
		if err := checkProgram(filepath.Join(g.output, name)); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// checkProgram refuses to write a program over a file that is none, as go build
// does with -o.
func checkProgram(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return nil
	}
	f, err := exefile.Open(path)
	if err != nil {
		return &diag.Error{Msg: path + " is already there, and is not a program", Hint: "move it away, or name another directory"}
	}
	f.Close()
	return nil
}

// keep puts the programs of a gate that is passed into the directory for them.
func (g *gateRun) keep() error {
	if g.output == "" || len(g.build.Programs) == 0 {
		return nil
	}
	if err := os.MkdirAll(g.output, 0o777); err != nil {
		return &diag.Error{Msg: "making the directory for the programs: " + err.Error()}
	}
	for _, program := range g.build.Programs {
		data, err := os.ReadFile(program.Path)
		if err == nil {
			err = snapshot.Replace(filepath.Join(g.output, filepath.Base(program.Path)), data, 0o777)
		}
		if err != nil {
			return &diag.Error{Msg: "keeping the programs: " + err.Error()}
		}
	}
	return nil
}

// warnOfOld warns of what lies in the directory for the programs of a gate that
// is not passed: an earlier gate may have put it there.
func (a *App) warnOfOld(output string) error {
	if output == "" {
		return nil
	}
	old, err := os.ReadDir(output)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	if len(old) > 0 {
		a.warn(a.shown(output) + " has files that are not from this gate, which puts none there")
	}
	return nil
}

// steps returns the steps in order. If the policy files stop every go command,
// there is only that to tell.
func (g *gateRun) steps() []gate.Step {
	steps := []gate.Step{
		{Name: "gosum", Exit: gate.ExitGosum, Run: g.check("gosum")},
		{Name: "vendor", Exit: gate.ExitVendor, Run: g.vendor},
		{Name: "git-clean", Exit: gate.ExitGitClean, Run: g.check("git-clean")},
		{Name: "policy", Exit: gate.ExitPolicy, Run: g.policy},
		{Name: "build", Exit: gate.ExitBuild, Run: g.buildPrograms},
		{Name: "inject", Exit: gate.ExitInject, Needs: "build", Run: g.inject},
		{Name: "prove", Exit: gate.ExitProve, Needs: "build", Run: g.prove},
	}
	if g.refused != nil {
		i := slices.IndexFunc(steps, func(s gate.Step) bool { return s.Name == "policy" })
		policy := steps[i]
		steps = slices.Delete(steps, i, i+1)
		for i := range steps {
			steps[i].Needs = policy.Name
		}
		steps = slices.Insert(steps, 0, policy)
	}
	for i := range steps {
		steps[i].Module, steps[i].Dir = g.module, g.app.Dir
	}
	return steps
}
