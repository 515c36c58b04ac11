// Goshim is the companion of the shim: it installs it, shows and checks
// policies, and records trust. Run `goshim help` for its commands.
package main

import (
	"os"

	"github.com/goshim/goshim/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
