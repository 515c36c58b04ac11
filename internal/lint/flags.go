package lint

import (
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// contradictingFlags reports flags of a command that the go command refuses or
// misreads together with another one of the environment, or with its variables:
// every such command fails.
func contradictingFlags(e *environment) []Finding {
	var found []Finding
	for _, c := range e.Flags {
		spec := gocmd.Lookup(c.Command)
		for i, item := range c.Flags.Items {
			if why := e.contradicts(spec, item, c.Flags.Items[:i]); why != "" {
				found = append(found, Finding{
					ID:   "flag-contradiction",
					Pos:  item.Pos,
					Msg:  "go " + c.Command + " cannot have " + item.Value + ": " + why,
					Hint: "leave one of them out",
				})
			}
		}
	}
	return found
}

// contradicts returns why the command cannot have the flag in addition to the
// earlier ones and those of GOFLAGS, or "".
func (e *environment) contradicts(spec *gocmd.Spec, flag policy.String, earlier []policy.String) string {
	var have []string
	where := make(map[string]diag.Pos)
	note := func(word string, pos diag.Pos) {
		name, _, _ := gocmd.CutFlag(word)
		have, where[name] = append(have, word), pos
	}
	if v := e.variable("GOFLAGS"); v != nil {
		words, _ := gocmd.SplitGOFLAGS(v.Value)
		for _, word := range words {
			note(word, v.Pos)
		}
	}
	for _, f := range earlier {
		note(f.Value, f.Pos)
	}
	name, _, _ := gocmd.CutFlag(flag.Value)
	value, _ := gocmd.LastFlag([]string{flag.Value}, name)
	other := spec.Contradiction(name, value, func(name string) (string, bool) { return gocmd.LastFlag(have, name) })
	switch {
	case other != "":
		return "-" + other + " is in " + where[other].String()
	case value == "false":
		return ""
	}
	system := func(name, usual string) string {
		if v := e.variable(name); v != nil && v.Value != "" {
			return v.Value
		}
		return usual
	}
	return gocmd.SanitizerFault(name, system("GOOS", "linux"), system("GOARCH", "amd64"), system("CGO_ENABLED", ""), true)
}
