package policy

import (
	"maps"
	"slices"
	"strings"
)

// ruleSets are the names that stand for several commands in allow and deny. A
// flag behind an exclamation mark is one with which the command is not meant.
//
// @changes-dependencies is what changes which modules are built from: lines of
// go.mod or go.work, or both at once. What only fills a cache or vendor/ is not
// among it, nor what only edits other lines, such as go mod edit -module.
var ruleSets = map[string][]string{
	"@changes-dependencies": {
		"get",
		"mod init",
		"mod tidy !diff",
		"mod edit -require", "mod edit -droprequire", "mod edit -exclude", "mod edit -dropexclude",
		"mod edit -replace", "mod edit -dropreplace", "mod edit -tool", "mod edit -droptool",
		"mod edit -go", "mod edit -toolchain",
		"work init", "work sync", "work use",
		"work edit -use", "work edit -dropuse", "work edit -replace", "work edit -dropreplace",
		"work edit -go", "work edit -toolchain",
		"* -mod=mod",
	},
}

// ruleSetNames returns the names of the sets, sorted.
func ruleSetNames() []string { return slices.Sorted(maps.Keys(ruleSets)) }

// expand returns the rules that the rule stands for: itself, or those of the set
// that it names. It returns none for a set that does not exist.
func (r Rule) expand() []Rule {
	if len(r.Words) != 1 || !strings.HasPrefix(r.Words[0], "@") {
		return []Rule{r}
	}
	var rules []Rule
	for _, pattern := range ruleSets[r.Words[0]] {
		one := Rule{Reason: r.Reason, Pos: r.Pos}
		for _, word := range strings.Fields(pattern) {
			if except, ok := strings.CutPrefix(word, "!"); ok {
				one.except = except
			} else {
				one.Words = append(one.Words, word)
			}
		}
		rules = append(rules, one)
	}
	return rules
}
