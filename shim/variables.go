package shim

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// applyVariables sets the environment variables that the policy asks for.
func (p *planner) applyVariables() error {
	work, err := p.workspace()
	if err != nil {
		return err
	}
	s := p.setter()
	s.Work = work
	err = s.Variables()
	p.explainFallback()
	if err != nil {
		return err
	}
	return p.checkForced()
}

// checkForced refuses a command that cannot have a flag of a GOFLAGS that is
// forced: go test -json, for example, loses results by a -v.
func (p *planner) checkForced() error {
	for _, v := range p.policy.Vars {
		if v.Name != "GOFLAGS" || v.Op != policy.Force {
			continue
		}
		words, _ := gocmd.SplitGOFLAGS(v.Value) // checked when the policy was read
		for _, word := range words {
			if why := p.contradicts(word); why != "" {
				return p.leaveOut(policy.String{Value: word, Pos: v.Pos, Forced: true}, why)
			}
		}
	}
	return nil
}

// setter returns what gives the command's variables the values of the policy.
func (p *planner) setter() *policy.Setter {
	return &policy.Setter{
		Env: &p.policy.Env, Set: p.env, OtherModule: p.typed.AtVersion(),
		Yields: func(pos diag.Pos, what string) { p.yields(YieldsVariable, pos, what) },
		LeavesOut: func(word string, pos diag.Pos) bool {
			why := p.contradicts(word)
			if why != "" {
				p.yields(YieldsBuild, pos, word+" not added to GOFLAGS: "+why)
			}
			return why != ""
		},
	}
}

// explainFallback says what the policy wants if no proxy answers. The companion
// finds that out and sees to it.
func (p *planner) explainFallback() {
	sources, pos := "the module cache", p.policy.Fallback.Pos
	if l := p.policy.Offline; len(l.Items) > 0 {
		sources, pos = strings.Join(l.Strings(), ", "), l.Pos
	}
	const dead = "if no proxy answers, "
	switch p.policy.Fallback.Value {
	case "fail":
		p.because(p.policy.Fallback.Pos, dead+"the command stops")
	case "quiet":
		p.because(pos, dead+"modules come from "+sources)
	case "last-good":
		p.because(pos, dead+"modules come from "+sources+", as the last good snapshot requires them")
	}
}

// workspace returns GOWORK, which takes only absolute paths.
func (p *planner) workspace() (string, error) {
	w := p.policy.Workspace
	if w.Value == "" || w.Value == "off" || w.Value == "auto" {
		return w.Value, nil
	}
	file := filepath.Join(p.policy.Root, filepath.FromSlash(w.Value))
	if _, err := os.Stat(file); err != nil {
		return "", &diag.Error{Pos: w.Pos, Msg: "workspace: " + err.Error(), Hint: `name a file that is there, or write "off" or "auto"`}
	}
	return file, nil
}
