package gitrun

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
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

// Quiet returns the environment with settings by which the go command, which asks
// git for the commit that it stamps into programs, has git run nothing that the
// configuration of the checkout around dir names: no fsmonitor, no hooks, and no
// filters but those of git-lfs, without which its files seem to be changed. Where git
// does not take dir for a checkout, the environment is as it was.
func Quiet(ctx context.Context, dir string, env []string) []string {
	repo, err := Open(ctx, dir, env)
	if err != nil {
		return env // the go command says so, where it matters
	}
	all := []config{{"core.fsmonitor", "false"}, {"core.hooksPath", os.DevNull}}
	out, err := repo.Run(nil, "config", "-z", "--show-scope", "--get-regexp", drivers)
	if err != nil && !IsNone(err) {
		return env
	}
	fields := Split(out)
	for i := 0; i+1 < len(fields); i += 2 {
		key, value, _ := strings.Cut(fields[i+1], "\n")
		isRepos := fields[i] == "local" || fields[i] == "worktree"
		if isRepos && !strings.HasPrefix(value, "git-lfs ") && !strings.HasPrefix(key, "filter.lfs.required") {
			all = append(all, neutralDriver(key))
		}
	}
	return withConfig(env, all)
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
