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
changed, staged, missing, or neither committed nor ignored, those that git is told
not to look at (assume-unchanged, skip-worktree), links that lead out of the
checkout, and files in the place of a submodule that is not checked out. It
compares the files themselves with the tree of the last commit: the index of git
is not believed. A file that differs by line endings, by ident or as the content of
a git-lfs pointer alone is noted. Git runs neither hooks nor filters nor any other
program that its configuration names. The status is 1 if something is found.`,
		Example: "  goshim verify git-clean --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := interruptible()
			defer stop()
			r, _, err := gitclean.Check(ctx, a.Dir, a.Env)
			if err != nil {
				return err
			}
			return a.showReport(r, asJSON)
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}
