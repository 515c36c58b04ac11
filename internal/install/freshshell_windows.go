package install

import "os/exec"

// checkPath proves nothing: on Windows it is the user who edits PATH.
func (p *prover) checkPath() error { return nil }

// command returns a go command in the sample: the shim itself.
func (p *prover) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.layout.Shim(), args...)
	cmd.Dir = p.dir
	cmd.Env = p.env.Environ()
	return cmd
}
