// Go is the shim: a go command that applies goshim.toml and then becomes the
// real one. It is installed by `goshim setup`, first on PATH.
package main

import (
	"os"

	"github.com/goshim/goshim/shim"
)

func main() {
	os.Exit(shim.Main())
}
