//go:build unix

package shim

import (
	"os"
	"syscall"
)

// Exec replaces this process by the plan's. It returns only if that fails, or
// if the process must be a child: a plan that starts it in a way of its own, or
// GOSHIM_EXEC=child, which asks for what other systems do.
func (p *Plan) Exec() (status int, err error) {
	if p.Start != nil || os.Getenv("GOSHIM_EXEC") == "child" {
		return p.Child()
	}
	return 0, syscall.Exec(p.Path, p.Args, p.Env)
}
