package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/repro"
)

func newReproCmd(a *App) *cobra.Command {
	opts := repro.Options{}
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "repro [PACKAGES]",
		Short: "Build twice in different places, and compare",
		Long: `Repro builds programs twice by the environment's policy, in two copies of the
repository at different paths, each with an empty build cache, and compares the
results byte by byte. If they differ it says in what: recorded settings, paths,
parts of the file. The status is 1 then.

The copies have what git has at HEAD. With --worktree they have the files as they
are, changes and untracked files too. Without packages, all programs below the
working directory are built. The copies lie in the directory for temporary files
(TMPDIR) and are removed in the end, and so are they after an interruption.`,
		Example: "  goshim repro --env prod\n  goshim repro ./cmd/app --keep /tmp/builds",
		RunE: func(_ *cobra.Command, args []string) error {
			opts.Packages = args
			return a.repro(env, opts, asJSON)
		},
	}
	a.addEnvFlag(cmd, &env)
	cmd.Flags().BoolVar(&opts.WorkTree, "worktree", false, "build the files as they are, not the commit")
	cmd.Flags().StringVar(&opts.Keep, "keep", "", "a directory for the programs of both builds")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) repro(env string, opts repro.Options, asJSON bool) error {
	target, err := a.module(env)
	if err != nil {
		return err
	}
	for _, pattern := range opts.Packages {
		if strings.HasPrefix(pattern, "-") {
			return &diag.Error{Msg: "unknown flag: " + pattern, Hint: "flags of the build belong into goshim.toml"}
		}
	}
	opts.Self, opts.Dir = a.Self, a.Dir
	opts.Env = a.commandsOf(target).Env
	if trust := target.Policy.Trust; trust.Trusted && a.getenv("GOSHIM_TRUST") == "" {
		vars := envset.New(opts.Env) // what is trusted here is trusted in a copy of it
		vars.Set("GOSHIM_TRUST", trust.Hash, diag.Pos{})
		opts.Env = vars.Environ()
	}
	if opts.Keep != "" {
		opts.Keep = a.abs(opts.Keep)
	}
	line := newStatusLine(a.Stderr)
	opts.Progress = line.show
	ctx, stop := interruptible()
	defer stop()
	result, err := repro.Run(ctx, opts)
	line.clear()
	if err != nil {
		return err
	}
	if asJSON {
		result.Sort()
		if err := a.printJSON(result); err != nil {
			return err
		}
		if result.Fails() {
			return &foundError{}
		}
		return nil
	}
	for _, p := range result.Programs {
		if p.Same() {
			a.printf("%s  %s\n", p.SHA256[0], diag.Printable(p.Name))
		}
	}
	return a.showReport(result.Report, false)
}
