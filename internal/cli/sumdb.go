package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/modroute"
)

func newSumdbCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sumdb",
		Short: "Say what the checksum database protects from",
		Long: `Sumdb tells about the checksum database, which knows what the versions of
modules contain (GOSUMDB).`,
		Example: "  goshim sumdb explain",
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSumdbExplainCmd(a))
	return cmd
}

// A sumdbExplanation is the result of sumdb explain, as JSON.
type sumdbExplanation struct {
	Environment *choice            `json:"environment,omitempty"`
	Mode        modroute.SumdbMode `json:"mode"`
	Sumdb       goVariable         `json:"sumdb"`
	NoSumdb     goVariable         `json:"noSumdb"`
	Risks       []modroute.Risk    `json:"risks"`
}

func newSumdbExplainCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Print what each mode of the checksum database protects from",
		Long: `Explain prints which checksum database an environment asks, and what that
protects from beside the other modes. A module whose hash is in go.sum is not
looked up, and go.sum is compared in every mode.`,
		Example: "  goshim sumdb explain --env prod",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			s, err := a.supplyOf(env)
			if err != nil {
				return err
			}
			all := s.variables()
			e := sumdbExplanation{s.environment(), modroute.Mode(s.chain.Sumdb), all[4], all[2], modroute.Risks}
			if asJSON {
				return a.printJSON(e)
			}
			a.printEnvironment(s)
			a.printSumdb(e)
			return nil
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) printSumdb(e sumdbExplanation) {
	rows := [][]string{{"GOSUMDB", e.Sumdb.Value, e.Sumdb.origin.String()}}
	if e.NoSumdb.Value != "" {
		rows = append(rows, []string{"GONOSUMDB", e.NoSumdb.Value, e.NoSumdb.origin.String()})
	}
	writeTable(a.Stdout, "  ", rows)
	head := []string{"", "sum.golang.org", "an own one", "no_sumdb", "off"}
	i := map[modroute.SumdbMode]int{modroute.PublicSumdb: 1, modroute.OwnSumdb: 2, modroute.NoSumdb: 4}[e.Mode]
	head[i] += " *"
	rows = [][]string{head}
	for _, r := range e.Risks {
		rows = append(rows, []string{r.What, r.Public, r.Own, r.Unlisted, r.Off})
	}
	a.printf("\n")
	writeTable(a.Stdout, "", rows)
	a.printf("\n* is in force here")
	if e.NoSumdb.Value != "" && e.Mode != modroute.NoSumdb {
		a.printf("; no_sumdb for the modules that GONOSUMDB matches")
	}
	a.printf("\n")
}
