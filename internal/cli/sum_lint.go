package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/sumlint"
)

func newSumLintCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Check go.sum line by line",
		Long: `Lint checks go.sum, the sums of the environment's layers and, in a workspace,
go.work.sum and the go.sum of each module: lines that go refuses, passes over or
compares with nothing, two hashes for one thing, lines that builds need and that
are missing, and, as notes, what go mod tidy would remove or sort.

It asks nobody. What builds need is known by the go.mod files in the module cache;
where one is missing, a note says so. The exit status is 1 if there is more than
notes.`,
		Example: `  goshim sum lint
  goshim sum lint --env prod --json`,
		Args: atMost(0),
	}
	return a.checkCmd(cmd, func(ctx context.Context, env string, _ []string) (*finding.Report, error) {
		target, err := a.workspace(env)
		if err != nil {
			return nil, err
		}
		report, _, err := sumlint.Check(ctx, target)
		return report, err
	})
}
