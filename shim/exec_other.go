//go:build !unix

package shim

// Exec runs the plan's process and returns its exit status.
func (p *Plan) Exec() (status int, err error) { return p.Child() }
