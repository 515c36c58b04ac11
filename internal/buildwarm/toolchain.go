package buildwarm

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// A ToolchainState is what [Toolchain] has found or done.
type ToolchainState struct {
	Name    string `json:"name"`    // such as go1.26.8
	Fetched bool   `json:"fetched"` // it was not there before
}

// Toolchain fetches the toolchain that go commands in inv.Dir run with, if it is
// not there: that of the policy's key, of GOTOOLCHAIN, or of go.mod and its
// layers. The real go fetches it, with the environment's proxies and checksum
// database, and ctx ends that. The key's plain version, of which the shim only
// says that it is missing, is fetched too: this is how to get it.
//
// It is an error if the toolchain cannot be had, or if GOTOOLCHAIN keeps to one
// that is too old.
func Toolchain(ctx context.Context, inv shim.Invocation, opts Options) (ToolchainState, error) {
	inv.Env = inEnvironment(inv.Env, opts.Env)
	t, err := findToolchain(inv)
	if err != nil {
		return ToolchainState{}, err
	}
	state := ToolchainState{Name: t.Name}
	if t.Ready {
		return state, nil
	}
	c := &config{path: t.Real.Path, dir: inv.Dir, env: t.Env}
	var stdout, stderr bytes.Buffer
	err = c.run(ctx, []string{"version"}, &stdout, &stderr, false)
	switch {
	case ctx.Err() != nil:
		return state, interrupted()
	case err != nil:
		text := strings.TrimSpace(stderr.String())
		if text == "" {
			text = err.Error()
		}
		return state, &diag.Error{Msg: "toolchain " + t.Name + ": " + text}
	}
	state.Fetched = true
	return state, nil
}

// findToolchain asks the shim, after a change of the modfiles that is under way
// or was interrupted.
func findToolchain(inv shim.Invocation) (*shim.Toolchain, error) {
	t, err := shim.ToolchainOf(inv)
	for pending := (*modpair.PendingError)(nil); errors.As(err, &pending); t, err = shim.ToolchainOf(inv) {
		unlock, err := gorun.Lock(pending.Journal)
		if err != nil {
			return nil, err
		}
		unlock()
	}
	return t, err
}
