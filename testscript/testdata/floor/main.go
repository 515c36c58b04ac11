// Floor is the least that a shim must do: it becomes the real go.
package main

import (
	"os"
	"syscall"
)

func main() {
	path := os.Getenv("GOSHIM_REAL_GO")
	panic(syscall.Exec(path, append([]string{path}, os.Args[1:]...), os.Environ()))
}
