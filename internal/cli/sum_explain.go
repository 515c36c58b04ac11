package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/sumcase"
)

func newSumExplainCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [flags] MODULE[@VERSION]…",
		Short: "Say what the lines of a module in go.sum mean",
		Long: `Explain says what the lines of a module cover, who requires it, whether what the
module cache has is what they say, and which commit has brought them. It asks
nobody.`,
		Example: `  goshim sum explain golang.org/x/mod
  goshim sum explain golang.org/x/mod@v0.42.0 --json`,
		Args: atLeastOne("explain the lines of which module?"),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.openSum(env)
			if err != nil {
				return err
			}
			defer c.Close()
			q := a.inquiry(c)
			var all []*sumcase.Explanation
			for _, arg := range args {
				versions, err := sumVersions(q, arg)
				if err != nil {
					return err
				}
				for _, m := range versions {
					all = append(all, q.Explain(context.Background(), m))
				}
			}
			if asJSON {
				return a.printJSON(all)
			}
			for i, x := range all {
				if i > 0 {
					a.printf("\n")
				}
				a.printExplanation(x)
			}
			return nil
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) printExplanation(x *sumcase.Explanation) {
	state := "not what builds use"
	if x.Selected {
		state = "what builds use"
	}
	a.printf("%s: %s\n", diag.Printable(x.Name), state)
	a.printExplained(x.Zip, "all files of its zip, by name and content")
	a.printExplained(x.GoMod, "its go.mod alone, which says what it requires")
	if x.Zip == nil && x.GoMod == nil {
		a.printf("  go.sum has no line for it\n")
	} else if x.GoMod == nil {
		a.printf("  go.sum has no line for its go.mod\n")
	} else if x.Zip == nil {
		a.printf("  go.sum has no line for its zip: no package of it is built, only its go.mod is read\n")
	}
	if v := x.Vendor; v != nil {
		state := "vendor/ came from this zip"
		if x.Zip == nil || x.Zip.Lines[0].Hash != v.Hash {
			state = "vendor/ came from another zip than go.sum says: " + v.Hash
		}
		writeTable(a.Stdout, "  ", [][]string{{v.File + ":" + strconv.Itoa(v.Line), state}})
	}
	var rows [][]string
	for i, r := range x.Requires {
		first := ""
		if i == 0 {
			first = "required by"
		}
		rows = append(rows, []string{first, r.Module, r.Version})
	}
	writeTable(a.Stdout, "  ", rows)
	if x.Lacking > 0 {
		a.printf("  more may require it: the module cache lacks the go.mod of %s\n", count(x.Lacking, "module"))
	}
}

// printExplained prints one of the two hashes of a version.
func (a *App) printExplained(e *sumcase.Explained, covers string) {
	if e == nil {
		return
	}
	var rows [][]string
	for _, l := range e.Lines {
		rows = append(rows, []string{l.File + ":" + strconv.Itoa(l.Line), l.Hash})
	}
	rows = append(rows, []string{"", "covers " + covers})
	if e.History != nil {
		text := "since " + e.History.By()
		if e.History.Old != "" {
			text += ", in the place of " + e.History.Old
		}
		rows = append(rows, []string{"", text})
	}
	for _, w := range e.Cache {
		rows = append(rows, []string{"", fmt.Sprintf("%s in the module cache: %s", w.Who, w.State(e.Lines))})
	}
	writeTable(a.Stdout, "  ", rows)
}
