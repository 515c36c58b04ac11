package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/netns"
)

// newNetnsCmd is the first program in a network namespace: see package netns.
// It is of no use to anybody else.
func newNetnsCmd() *cobra.Command {
	return &cobra.Command{
		Use:                "netns [PROGRAM ARGUMENTS]",
		Short:              "Bring loopback up in a new network namespace and become a program",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE:               func(_ *cobra.Command, args []string) error { return netns.Enter(args) },
	}
}
