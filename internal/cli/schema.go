package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/schema"
)

func newSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of goshim.toml",
		Long: `Schema prints the JSON schema (draft 2020-12) of goshim.toml. Editors that know
TOML complete and check the file with it.`,
		Example: `  goshim schema > goshim.schema.json
  sed -i '1i #:schema ./goshim.schema.json' goshim.toml`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(schema.JSON())
			return err
		},
	}
}
