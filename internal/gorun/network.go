package gorun

import (
	"os/exec"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/netns"
	"github.com/goshim/goshim/policy"
)

// CutNetwork returns the function that starts a process in a network namespace,
// with `goshim netns` as its first program.
func (c Companion) CutNetwork(network policy.String, words string) (start func(*exec.Cmd) error, what string, err error) {
	helper := netns.Helper{Path: c.Self, Words: []string{"netns"}, Cache: c.Cache}
	reason := helper.Available()
	switch {
	case reason == nil:
		return helper.Start, "runs without a network: in a network namespace of its own, with loopback", nil
	case network.Value == "deny":
		return nil, `network = "deny" by variables only, as this system cannot do more: ` + reason.Error(), nil
	}
	return nil, "", &diag.Error{
		Pos:  network.Pos,
		Msg:  `network = "deny!", but this system cannot run go ` + words + " without a network: " + reason.Error(),
		Hint: `allow user namespaces; or write network = "deny", by which the go command itself makes no request`,
	}
}
