package modroute

import "slices"

// The go command asks one entry of GOPROXY its whole question, such as which
// module has a package: the path and each of its parents. It goes on to the next
// entry with the whole question (cmd/go/internal/modfetch.TryProxies). Deciding
// file by file gives other answers: where one proxy fails and the next one says
// that a longer path is not a module, the question fails although its answer is
// there. A relay therefore offers the go command an entry for each stage.

// A Stage is a part of a module's sources that is asked file by file.
type Stage struct {
	From, To int // of Decision.Sources
}

// Stages returns how many entries of GOPROXY stand for the chain, at least one,
// and what separates them: a pipe if any source leads to the next after any
// error, or else a comma.
func (c *Chain) Stages() (n int, separator string) {
	n, separator = 1, ","
	if c.mixes() {
		separator = "|"
	}
	for _, sources := range c.lists() {
		n = max(n, len(stages(sources, separator)))
	}
	return n, separator
}

// Stage returns the sources of a decision that the entry with the index stands
// for. It is empty for the first entries of modules with fewer stages than the
// chain: the answer of the last entry decides whether the go command asks the
// origin, so each module has its last sources there.
func (c *Chain) Stage(d Decision, index int) Stage {
	n, separator := c.Stages()
	own := stages(d.Sources, separator)
	if i := index - n + len(own); i >= 0 && i < len(own) {
		return own[i]
	}
	return Stage{}
}

// mixes reports whether a proxy leads to another one after any error.
func (c *Chain) mixes() bool {
	return slices.ContainsFunc(c.lists(), func(sources []Source) bool {
		n := proxies(sources)
		return n > 1 && slices.ContainsFunc(sources[:n-1], func(s Source) bool { return s.AnyError })
	})
}

// lists returns the lists of sources.
func (c *Chain) lists() [][]Source {
	all := [][]Source{c.Proxies}
	for _, r := range c.Routes {
		all = append(all, r.Sources)
	}
	return all
}

// stages cuts a list of sources into those that the go command asks one after the
// other. Behind a pipe, entries stand for what is asked after any error, so what
// only 404 and 410 lead to stays in one stage. The last stage has what ends the
// list, direct or off.
func stages(sources []Source, separator string) []Stage {
	var all []Stage
	n, from := proxies(sources), 0
	for i := range max(n-1, 0) {
		if separator == "," || sources[i].AnyError {
			all = append(all, Stage{from, i + 1})
			from = i + 1
		}
	}
	return append(all, Stage{from, len(sources)})
}

// proxies returns how many proxies a list has before direct or off.
func proxies(sources []Source) int {
	if i := slices.IndexFunc(sources, func(s Source) bool { return !s.IsProxy() }); i >= 0 {
		return i
	}
	return len(sources)
}
