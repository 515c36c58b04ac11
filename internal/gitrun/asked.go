package gitrun

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"time"
)

// Clone clones the repository at from, a path, into the new directory to, which
// shares its objects. Neither hooks nor templates are used, and nothing is
// fetched from elsewhere. The filters that check files out are those that the
// user's own configuration names: a new repository has none.
func Clone(ctx context.Context, env []string, from, to string, checkout bool) error {
	args := []string{"clone", "--quiet", "--shared", "--template="}
	if !checkout {
		args = append(args, "--no-checkout")
	}
	env = append(withoutRepo(env), "GIT_ALLOW_PROTOCOL=file", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	env = withConfig(env, append(guards[:len(guards):len(guards)], config{"core.hooksPath", os.DevNull}))
	_, err := run(ctx, from, env, nil, append(args, "--", from, to))
	return err
}

// Credential runs git credential with an action, such as fill, in the directory
// that GOAUTH names: it is the user's choice that the helpers of that directory's
// configuration are asked, as the go command asks them.
func Credential(ctx context.Context, dir, action string, stdin []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", "credential", action)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	return cmd.Output()
}

// stopTime is how long git has to clean up once it is asked to end.
const stopTime = 10 * time.Second

// interruptible makes the end of the command's context an interrupt.
func interruptible(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill() // as on Windows
		}
		return nil
	}
	cmd.WaitDelay = stopTime
}
