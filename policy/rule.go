package policy

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// A Rule is a pattern for go commands: the words of the command, and then
// patterns of which each must match one of the flags or arguments. A star
// stands for any text. "mod" matches every go mod command, "install *@latest"
// the installation of a latest version, "build -race" a build with that flag.
type Rule struct {
	Words  []string
	Reason string
	Pos    diag.Pos

	except string // a flag with which the command does not match, or ""
}

// A RuleSet is a list of rules. One that is set may be empty.
type RuleSet struct {
	Rules []Rule
	Pos   diag.Pos
}

// IsSet reports whether the file has the list.
func (s RuleSet) IsSet() bool { return s.Pos.IsValid() }

// Match returns the first rule that matches the command, or nil.
func (s RuleSet) Match(cmd *gocmd.Command) *Rule {
	for i := range s.Rules {
		if s.Rules[i].Matches(cmd) {
			return &s.Rules[i]
		}
	}
	return nil
}

// Matches reports whether the rule concerns the command.
func (r Rule) Matches(cmd *gocmd.Command) bool {
	if !r.matchesName(cmd.Words) || r.except != "" && cmd.Bool(r.except) {
		return false
	}
	rest := r.Words[min(len(r.Words), 1+strings.Count(cmd.Words, " ")):]
	for _, pattern := range rest {
		if !matchesWord(pattern, cmd) {
			return false
		}
	}
	return true
}

// matchesName reports whether the rule concerns the command with the given
// words, whatever its arguments.
func (r Rule) matchesName(words string) bool {
	i := 0
	for word := range strings.SplitSeq(words, " ") {
		if i == len(r.Words) {
			return true // "mod" stands for all of go mod
		}
		if !glob(r.Words[i], word) {
			return false
		}
		i++
	}
	return true
}

// matchesWord reports whether a flag or an argument of cmd matches pattern.
func matchesWord(pattern string, cmd *gocmd.Command) bool {
	if !strings.HasPrefix(pattern, "-") {
		return slices.ContainsFunc(cmd.Args, func(arg string) bool { return glob(pattern, arg) })
	}
	pattern = strings.TrimLeft(pattern, "-")
	for _, f := range cmd.Flags {
		if glob(pattern, f.Name) || glob(pattern, f.Name+"="+f.Value) {
			return true
		}
	}
	return false
}

// glob reports whether s matches pattern, in which a star stands for any
// text, slashes included.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == s
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// answers are the commands that a policy cannot stop, neither by a rule nor by
// its own faults: editors ask them before anything else.
var answers = []string{"version", "env", "help", "telemetry", "bug"}

// deniesAnswers reports whether the rule denies one of them altogether.
func (r Rule) deniesAnswers() bool { return len(r.Words) == 1 && slices.Contains(answers, r.Words[0]) }

// commandNames returns the words of all go commands.
func commandNames() []string {
	var names []string
	for _, s := range gocmd.Specs() {
		names = append(names, s.Words)
	}
	return names
}
