package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/sumaudit"
)

func newSumAuditCmd(a *App) *cobra.Command {
	var env string
	var offline, asJSON bool
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Compare every line of go.sum with the checksum database",
		Long: `Audit looks up every line of go.sum in the checksum database, which go commands
ask only when they add a line. The database's answers are proved by its tree, and
kept in the module cache as the go command keeps them. go.sum stays as it is.

Modules that are not looked up (GONOSUMDB, GOPRIVATE) are counted. With --offline
nobody is asked, and only answers that were kept count. The exit status is 1 if a
line differs or could not be compared.`,
		Example: `  goshim sum audit
  goshim sum audit --env prod --json`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := interruptible()
			defer stop()
			return a.sumAudit(ctx, env, offline, asJSON)
		},
	}
	a.addEnvFlag(cmd, &env)
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nobody")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) sumAudit(ctx context.Context, env string, offline, asJSON bool) error {
	c, err := a.openSum(env)
	if err != nil {
		return err
	}
	defer c.Close()
	if c.chain.Sumdb == "off" {
		return &diag.Error{Pos: c.target.Vars.Source("GOSUMDB"), Msg: "GOSUMDB=off: there is no checksum database to compare with", Hint: "GOSUMDB=sum.golang.org goshim sum audit"}
	}
	db, err := c.sumdb(ctx, offline)
	if err != nil {
		return err
	}
	if !offline {
		var looked []module.Version
		for _, m := range c.in.Sums.Versions() {
			if c.chain.Of(m.Path).Sumdb != "" {
				looked = append(looked, m)
			}
		}
		if err := a.guard(c, looked); err != nil {
			return err
		}
	}
	line := newStatusLine(a.Stderr)
	audit := &sumaudit.Audit{Chain: c.chain, Lookup: db.Lookup, Name: db.Name, OnProgress: func(done, of int) {
		line.show(fmt.Sprintf("%d of %s", done, count(of, "line")))
	}}
	report, err := audit.Run(ctx, c.in.Root(), c.in.SumFiles)
	line.clear()
	if ctx.Err() != nil {
		return &diag.Error{Msg: "interrupted; what the database has answered is kept"}
	}
	if err != nil {
		return err
	}
	return a.showReport(report, asJSON)
}
