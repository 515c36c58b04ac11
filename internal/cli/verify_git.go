package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/gitclean"
)

func newVerifyGitCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "git-clean",
		Short: "Compare the work tree with the last commit",
		Long: `Git-clean names every file of the checkout, and of its submodules, that is
changed, staged, missing, or neither committed nor ignored, and those that git is
told not to look at (assume-unchanged, skip-worktree). It runs git, but neither
hooks nor programs that the repository's own configuration names. The status is 1
if something is found.`,
		Example: "  goshim verify git-clean --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := interruptible()
			defer stop()
			r, err := gitclean.Check(ctx, a.Dir, a.Env)
			if err != nil {
				return err
			}
			return a.showReport(r, asJSON)
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}
