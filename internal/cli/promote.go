package cli

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gitcommit"
	"github.com/goshim/goshim/internal/gitrun"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/internal/promote"
	"github.com/goshim/goshim/shim"
)

// A promoteCall is a call of promote.
type promoteCall struct {
	from, to string
	modules  []string
	dryRun   bool
	commit   bool
	asJSON   bool
}

func newPromoteCmd(a *App) *cobra.Command {
	var c promoteCall
	cmd := &cobra.Command{
		Use:   "promote FROM TO [MODULE…]",
		Short: "Move the lines of a layer to another environment",
		Long: `Promote moves the lines of FROM's own layer, or only those about the modules
named, to TO's modfile: its layer, or go.mod itself if it has none. FROM's layer
keeps what then differs still.

TO is tidied, its rules and the sums are checked, and every package must be
found; then all files are written at once. If anything is refused, nothing is
changed.`,
		Example: `  goshim promote dev staging
  goshim promote --dry-run staging prod example.com/dep
  goshim promote --commit staging prod`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError(cmd, "promote takes the names of two environments")
			}
			return nil
		},
		ValidArgsFunction: a.completeEnvs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			c.from, c.to, c.modules = args[0], args[1], args[2:]
			return a.promote(c)
		},
	}
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "print what would change as a diff, and write nothing")
	cmd.Flags().BoolVar(&c.commit, "commit", false, "make a git commit of the changed files")
	addJSONFlag(cmd, &c.asJSON)
	return cmd
}

// A promotion is the result of promote, as JSON.
type promotion struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	File    string   `json:"file"` // the modfile that takes the lines
	Moves   []move   `json:"moves"`
	Files   []string `json:"files"` // that change
	Notes   []string `json:"notes"`
	Written bool     `json:"written"` // otherwise it was a dry run, or nothing is to be moved
}

// A move is what changes for the environment that takes the lines, as JSON.
type move struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func (a *App) promote(c promoteCall) error {
	if err := checkCommitFlag(c.dryRun, c.commit); err != nil {
		return err
	}
	r, err := a.promoteRequest(c)
	if err != nil {
		return err
	}
	release, err := gorun.Lock(r.To.Use.Journal)
	if err != nil {
		return err
	}
	unlock := sync.OnceFunc(release)
	defer unlock()
	plan, err := r.Plan()
	if err != nil {
		return err
	}
	if c.dryRun || plan.Nothing != "" {
		return a.printPromotion(c, plan)
	}
	if c.commit {
		if err := gitcommit.Check(plan.Paths()); err != nil {
			return err
		}
	}
	if err := r.To.Use.Journal.Commit(plan.Changes); err != nil {
		return err
	}
	if err := a.printPromotion(c, plan); err != nil || !c.commit {
		return err
	}
	base := filepath.Base(filepath.FromSlash(plan.File))
	unlock() // hooks of git may run go commands that take it
	if err := a.commit(plan.Paths(), r.Message(plan, base), "the lines are moved"); err != nil || c.asJSON {
		return err
	}
	a.printf("committed\n")
	return nil
}

// commit commits files that have been written.
func (a *App) commit(paths []string, message, done string) error {
	if err := gitcommit.Commit(paths, message); err != nil {
		said := err.Error()
		if failed := (*gitrun.ExitError)(nil); errors.As(err, &failed) {
			said = "git " + failed.Command + ": " + failed.Output
		}
		a.showLines(said)
		return &diag.Error{Msg: done + ", but not committed", Hint: "git diff shows them; commit them yourself"}
	}
	return nil
}

// promoteRequest reads the policies of all environments.
func (a *App) promoteRequest(c promoteCall) (*promote.Request, error) {
	r := &promote.Request{Modules: c.modules}
	var err error
	if r.From, err = a.target(c.from); err != nil {
		return nil, err
	}
	if r.To, err = a.target(c.to); err != nil {
		return nil, err
	}
	for _, name := range a.envNames() {
		if name == c.from || name == c.to {
			continue
		}
		p, err := a.inspect(name)
		if err != nil {
			continue // it stops its own commands
		}
		if use, err := shim.ModfilesOf(a.invocation(), name); err == nil {
			r.Others = append(r.Others, promote.Other{Name: name, Use: use, Rules: modrule.Of(&p.Env)})
		}
	}
	return r, nil
}

func (a *App) printPromotion(c promoteCall, plan *promote.Plan) error {
	result := promotion{c.from, c.to, plan.File, []move{}, []string{}, append([]string{}, plan.Notes...), !c.dryRun && plan.Nothing == ""}
	var rows [][]string
	for _, m := range plan.Moves {
		result.Moves = append(result.Moves, move(m))
		rows = append(rows, []string{m.What, m.Old + " → " + m.New})
	}
	for _, change := range plan.Changes {
		result.Files = append(result.Files, plan.Names[change.Path])
	}
	switch {
	case c.asJSON:
		return a.printJSON(result)
	case plan.Nothing != "":
		a.printf("nothing to move: %s\n", plan.Nothing)
	case c.dryRun:
		a.Stdout.Write(gorun.Diff(plan.Changes, func(path string) string { return plan.Names[path] }))
	default:
		a.printf("%s to %s (%s)\n", c.from, c.to, plan.File)
		writeTable(a.Stdout, "  ", rows)
		a.printf("changed %s\n", strings.Join(result.Files, ", "))
		for _, note := range plan.Notes {
			a.printf("%s\n", note)
		}
	}
	return nil
}
