package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/netns"
)

// newNetnsCmd is the first program in a network namespace: see package netns.
// It is of no use to anybody else.
func newNetnsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "netns [PROGRAM ARGUMENTS]",
		Short: "Bring loopback up in a new network namespace and become a program",
		Long: `Netns is the first program in the network namespace of a command that runs
without a network. It brings loopback up, gives back the capability that this
takes, and becomes the program. Without one, it tells whether all that works.`,
		Example:            "  unshare --user --map-root-user --net goshim netns /usr/bin/ip address",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE:               func(_ *cobra.Command, args []string) error { return netns.Enter(args) },
	}
}
