package cli

import (
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// A moduleSupply is where the modules of an environment come from.
type moduleSupply struct {
	policy *policy.Policy // nil if none is in force
	env    *envset.Set
	chain  *modroute.Chain
}

// supplyOf returns the supply of the environment with the given name or, if it
// is "", of the chosen one. Without a policy it is that of the plain go command.
func (a *App) supplyOf(name string) (*moduleSupply, error) {
	pol, env, err := shim.VariablesOf(a.invocation(), name)
	if err != nil {
		return nil, err
	}
	if pol == nil && name != "" {
		return nil, a.noPolicy()
	}
	chain, err := modroute.OfPolicy(pol, env)
	return &moduleSupply{pol, env, chain}, err
}

// environment returns the choice of the environment, or nil if there is none.
func (s *moduleSupply) environment() *choice {
	if s.policy == nil {
		return nil
	}
	c := choiceOf(s.policy.Choice)
	return &c
}

// printEnvironment prints the head of what is shown of a supply.
func (a *App) printEnvironment(s *moduleSupply) {
	switch {
	case s.policy == nil:
		a.printf("no policy is in force\n")
	case s.policy.Choice.Env == "":
		a.printf("%s\n", s.policy.Choice)
	default:
		a.printf("environment %s\n", describeChoice(s.policy.Choice))
	}
}

// An origin says where a value comes from: from a file, the caller's
// environment, another variable, or the go command itself.
type origin struct {
	From string    `json:"from"` // "file", "environment", "GOPRIVATE", "default"
	At   *position `json:"at,omitempty"`
}

func (o origin) String() string {
	switch {
	case o.At != nil:
		return o.At.String()
	case o.From == "environment":
		return "the environment"
	case o.From == "default":
		return "the go command's default"
	}
	return o.From
}

func fromFile(pos diag.Pos) origin { return origin{"file", at(pos)} }

// originOf returns where the effective value of a variable comes from.
func (s *moduleSupply) originOf(name string) origin {
	pos := s.env.Source(name)
	value, _ := s.env.Effective(name)
	switch {
	case pos.IsValid():
		return fromFile(pos)
	case value != "":
		return origin{From: "environment"}
	case name == "GONOPROXY" || name == "GONOSUMDB":
		if private, _ := s.env.Effective("GOPRIVATE"); private != "" {
			return origin{From: "GOPRIVATE"}
		}
	}
	return origin{From: "default"}
}

// originOfPattern returns where a pattern of one of the lists comes from.
func (s *moduleSupply) originOfPattern(name, pattern string) origin {
	o := s.originOf(name)
	if o.From == "GOPRIVATE" {
		return s.originOfPattern(o.From, pattern)
	}
	if s.policy == nil {
		return o
	}
	lists := map[string]policy.List{"GOPRIVATE": s.policy.Private, "GONOPROXY": s.policy.NoProxy, "GONOSUMDB": s.policy.NoSumdb}
	for _, list := range []policy.List{lists[name], s.policy.Private} {
		for _, item := range list.Items {
			if item.Value == pattern {
				return fromFile(item.Pos)
			}
		}
	}
	if o.From == "file" && lists[name].IsSet() {
		return s.callersPattern(name, pattern, o)
	}
	return o
}

// callersPattern returns where a pattern comes from that a policy's list was
// added to.
func (s *moduleSupply) callersPattern(name, pattern string, o origin) origin {
	for _, c := range s.env.Changes() {
		if c.Name != name {
			continue
		}
		for old := range strings.SplitSeq(c.Old, ",") {
			if old == pattern {
				return origin{From: "environment"}
			}
		}
	}
	if value, pos := s.env.UserFileValue(name); strings.Contains(","+value+",", ","+pattern+",") {
		return fromFile(pos)
	}
	return o
}

// A proxySource is a source of a chain, as JSON.
type proxySource struct {
	URL  string `json:"url"`
	Next string `json:"next"` // what leads to the next source: "not-found", "any-error"; "" for the last
	origin
}

// sources returns the sources of a list, with passwords masked.
func (s *moduleSupply) sources(list []modroute.Source) []proxySource {
	all := make([]proxySource, len(list))
	for i, source := range list {
		p := proxySource{URL: envset.MaskURLs(source.URL), origin: s.originOf("GOPROXY")}
		if source.Pos.IsValid() {
			p.origin = fromFile(source.Pos)
		}
		switch {
		case i == len(list)-1:
		case source.AnyError:
			p.Next = "any-error"
		default:
			p.Next = "not-found"
		}
		all[i] = p
	}
	return all
}

// sourceRows returns a list of sources as rows of a table, each behind first or
// as many empty cells.
func sourceRows(list []proxySource, first ...string) [][]string {
	var rows [][]string
	for i, s := range list {
		row := append([]string(nil), first...)
		if i > 0 {
			row = make([]string, len(first))
		}
		rows = append(rows, append(row, strconv.Itoa(i+1), s.URL, s.meaning(), s.origin.String()))
	}
	return rows
}

// meaning says what a source is and what leads to the next one.
func (s proxySource) meaning() string {
	switch {
	case s.URL == modroute.Direct:
		return "the origin of the module; the end"
	case s.URL == modroute.Off:
		return "nobody is asked; the end"
	case s.Next == "not-found":
		return "next after 404 and 410 only"
	case s.Next == "any-error":
		return "next after any error"
	}
	return "the end"
}
