// Package sumcase finds out why a module is not what go.sum says: who has another
// hash, and since when the line is in go.sum. It changes nothing.
//
// A case is about one line: of a module version or, with "/go.mod" behind the
// version, of its go.mod.
package sumcase

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// A Line is a line of go.sum about the version.
type Line struct {
	File string `json:"file"` // as shown to the user
	Line int    `json:"line"`
	Hash string `json:"hash"`

	path string // absolute
}

// A Witness is somebody who has the version, or should have it.
type Witness struct {
	Who   string `json:"who"`             // "zip", "directory", ".ziphash", ".mod", a proxy without its password, a database's name
	Hash  string `json:"hash,omitempty"`  // "" if it is not known
	Fault string `json:"fault,omitempty"` // why there is no hash
}

func (w Witness) differs(e *Evidence) bool { return w.Hash != "" && !e.wants(w.Hash) }
func (w Witness) agrees(e *Evidence) bool  { return w.Hash != "" && e.wants(w.Hash) }

// A History is what git knows of a line.
type History struct {
	Commit  string `json:"commit,omitempty"` // that brought the line as it is; "" if it is not committed
	Author  string `json:"author,omitempty"`
	Date    string `json:"date,omitempty"` // 2006-01-02
	Subject string `json:"subject,omitempty"`
	Old     string `json:"old,omitempty"` // the hash that the file had before that, "" if it had no line
}

// By returns who has brought the line: "commit 1a2b3c4d5e6f (2024-01-02, Gopher: subject)".
func (h *History) By() string {
	if h.Commit == "" {
		return "a change that is not committed"
	}
	return diag.Printable(fmt.Sprintf("commit %.12s (%s, %s: %s)", h.Commit, h.Date, h.Author, h.Subject))
}

// Evidence is what is known of one case.
type Evidence struct {
	Module  module.Version `json:"-"`
	Name    string         `json:"module"` // path@version
	Lines   []Line         `json:"lines"`
	Cache   []Witness      `json:"cache,omitempty"`
	Proxies []Witness      `json:"proxies,omitempty"`
	Sumdb   *Witness       `json:"sumdb,omitempty"` // nil if it is not asked
	History *History       `json:"history,omitempty"`
}

// wants reports whether go.sum has the hash.
func (e *Evidence) wants(hash string) bool {
	return slices.ContainsFunc(e.Lines, func(l Line) bool { return l.Hash == hash })
}

// A Verdict is the end of a case.
type Verdict string

const (
	Agrees        Verdict = "agrees"         // nobody who was asked has another hash
	NoLine        Verdict = "no-line"        // go.sum does not have it
	DirtyCache    Verdict = "dirty-cache"    // the module cache was changed
	AlteringProxy Verdict = "altering-proxy" // a proxy gives other content than all others know
	Retagged      Verdict = "re-tagged"      // the version was published with two contents
	HandEdited    Verdict = "hand-edited"    // go.sum was changed
	Unclear       Verdict = "unclear"        // what would decide it is not known
)

// A Judgement is a verdict, why, and the way out.
type Judgement struct {
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why"`
	Hint    string  `json:"hint,omitempty"`
}

// Judge returns what the evidence comes to. What the checksum database says
// counts most, then what a proxy and go.sum agree on, then what the cache itself
// contradicts, then git.
func Judge(e *Evidence) Judgement {
	switch {
	case len(e.Lines) == 0:
		return Judgement{NoLine, "go.sum has no line for it", "go mod tidy, or go get " + e.Name}
	case e.other() != nil:
		return e.twoLines(*e.other())
	case e.Sumdb != nil && e.Sumdb.differs(e):
		return e.againstSumdb()
	case e.Sumdb != nil && e.Sumdb.agrees(e):
		return e.culprit(e.Sumdb.Who + " says what go.sum says")
	case len(e.agreeing(e.Proxies)) > 0:
		return e.culprit(clause(e.agreeing(e.Proxies), "has", "have") + " what go.sum says")
	case slices.ContainsFunc(e.Proxies, func(w Witness) bool { return w.differs(e) }):
		return e.againstProxies()
	}
	return e.cacheAlone()
}

// other returns the first line that has another hash than the first of all.
func (e *Evidence) other() *Line {
	for i, l := range e.Lines {
		if l.Hash != e.Lines[0].Hash {
			return &e.Lines[i]
		}
	}
	return nil
}

// twoLines is the case that go.sum contradicts itself. The go command writes no
// such thing.
func (e *Evidence) twoLines(other Line) Judgement {
	why := fmt.Sprintf("%s:%d has another hash than %s:%d", other.File, other.Line, e.Lines[0].File, e.Lines[0].Line)
	witnesses := slices.Concat(e.Proxies, e.Cache)
	if e.Sumdb != nil {
		witnesses = slices.Insert(witnesses, 0, *e.Sumdb)
	}
	for _, w := range witnesses {
		for _, l := range e.Lines {
			if l.Hash == w.Hash {
				return Judgement{HandEdited, fmt.Sprintf("%s; %s has that of %s:%d", why, w.Who, l.File, l.Line), "remove the other line"}
			}
		}
	}
	return Judgement{HandEdited, why + "; nobody is known to have one of them", "remove both; then go mod tidy"}
}

// culprit finds who has another hash where go.sum is right.
func (e *Evidence) culprit(because string) Judgement {
	proxies, cache := e.differing(e.Proxies), e.differing(e.Cache)
	switch {
	case len(proxies) > 0:
		why := clause(proxies, "gives", "give") + " other content; " + because
		if i := slices.IndexFunc(cache, func(w Witness) bool { return w.Hash == proxies[0].Hash }); i >= 0 {
			why += "; the " + cache[i].Who + " in the module cache is from there"
		} else if len(cache) > 0 {
			why += "; " + clause(cache, "differs", "differ") + " in the module cache, too"
		}
		return Judgement{AlteringProxy, why, "tell who runs it; goshim repair takes modules from others, and mends the module cache"}
	case len(cache) > 0:
		return Judgement{DirtyCache, clause(cache, "differs", "differ") + " in the module cache; " + because, "goshim repair"}
	}
	return Judgement{Verdict: Agrees, Why: because}
}

// againstSumdb is the case that the database has another hash than go.sum.
func (e *Evidence) againstSumdb() Judgement {
	db := *e.Sumdb
	holders := e.agreeing(slices.Concat(e.Proxies, e.Cache))
	switch h := e.History; {
	case h != nil && h.Old == db.Hash:
		return e.edited(h.By() + " has replaced the hash that " + db.Who + " has")
	case len(holders) > 0:
		return Judgement{Retagged, "go.sum has the hash of what " + clause(holders, "has", "have") + ", and " + db.Who + " that of another content: the version was published twice, or altered on the way here", retagHint}
	case h != nil && h.Old != "":
		return e.edited(h.By() + " has changed the line; neither " + db.Who + " nor anybody else has this hash")
	case h != nil:
		return e.edited("nobody has content with this hash; the line is from " + h.By() + "; " + db.Who + " has another")
	}
	return e.edited("nobody has content with this hash; " + db.Who + " has another")
}

const retagHint = "ask the authors which is meant, and take another version; GONOSUMDB would only hide it"

// edited returns that go.sum was edited by hand.
func (e *Evidence) edited(why string) Judgement {
	l := e.Lines[0]
	return Judgement{HandEdited, fmt.Sprintf("%s:%d: %s", l.File, l.Line, why), "take the line back as it was; or remove it, and go mod tidy"}
}

// againstProxies is the case that no proxy has what go.sum says, and the database
// says nothing.
func (e *Evidence) againstProxies() Judgement {
	proxies := e.differing(e.Proxies)
	hash := proxies[0].Hash
	same := !slices.ContainsFunc(proxies, func(w Witness) bool { return w.Hash != hash })
	isHeld := len(e.agreeing(e.Cache)) > 0
	confirmed := len(proxies) > 1 || slices.ContainsFunc(e.Cache, func(w Witness) bool { return w.Hash == hash })
	h := e.History
	switch {
	case !same:
		return Judgement{Unclear, "each of " + names(proxies) + " gives other content, and none what go.sum says", "ask without them: GOPROXY=direct goshim sum diagnose " + e.Name}
	case h != nil && h.Old == hash:
		return e.edited(h.By() + " has replaced the hash of what " + clause(proxies, "has", "have"))
	case !isHeld && h != nil && (h.Old != "" || h.Commit == ""):
		return e.edited(h.By() + " has brought a hash that nobody has")
	case confirmed && h != nil:
		return Judgement{Retagged, "go.sum has had its line since " + h.By() + ", unchanged, and " + clause(proxies, "has", "have") + " other content now", retagHint}
	case confirmed:
		return Judgement{Unclear, clause(proxies, "has", "have") + " other content than go.sum says: the version was published again, or go.sum was edited", "git log -p go.sum; no checksum database was asked"}
	}
	return Judgement{Unclear, names(proxies) + " alone has other content: it alters the module, or the version was published again", "name another proxy, or ask a checksum database, and run it again"}
}

// cacheAlone is the case that nobody but the module cache is known.
func (e *Evidence) cacheAlone() Judgement {
	differing := e.differing(e.Cache)
	agreeing := e.agreeing(e.Cache)
	h := e.History
	switch {
	case len(differing) == 0 && len(agreeing) == 0:
		return Judgement{Unclear, "nobody has it to compare: it is not in the module cache, and nobody was asked or has answered", "run it where there is a network"}
	case len(differing) == 0:
		return Judgement{Verdict: Agrees, Why: clause(agreeing, "is", "are") + " in the module cache as go.sum says"}
	case len(agreeing) > 0:
		return Judgement{DirtyCache, clause(differing, "differs", "differ") + " in the module cache, while " + clause(agreeing, "is", "are") + " what go.sum says", "goshim repair"}
	case h != nil && (h.Old == differing[0].Hash || h.Commit == ""):
		return e.edited(h.By() + " has changed the line, and the module cache has what was there before or another")
	}
	return Judgement{Unclear, clause(differing, "has", "have") + " another hash than go.sum in the module cache; nobody else was asked or has answered", "run it where there is a network; or goshim repair"}
}

func (e *Evidence) agreeing(all []Witness) []Witness {
	return slices.DeleteFunc(slices.Clone(all), func(w Witness) bool { return !w.agrees(e) })
}

// differing returns those that have another hash, or something that has none.
func (e *Evidence) differing(all []Witness) []Witness {
	return slices.DeleteFunc(slices.Clone(all), func(w Witness) bool { return !w.differs(e) && !(w.Hash == "" && w.isBroken()) })
}

// isBroken reports whether there is something that has no hash: half a zip.
func (w Witness) isBroken() bool { return w.Fault != "" && w.Fault != absent && w.inCache() }

// absent is the fault of what is not in the module cache.
const absent = "not there"

func (w Witness) inCache() bool {
	return slices.Contains([]string{whoZip, whoZipHash, whoDir, whoMod}, w.Who)
}

// names returns the witnesses as a list to read: "zip, .ziphash and directory".
func names(all []Witness) string {
	var list []string
	for _, w := range all {
		list = append(list, w.Who)
	}
	if n := len(list); n > 1 {
		list = append(list[:n-2], list[n-2]+" and "+list[n-1])
	}
	return strings.Join(list, ", ")
}

// clause returns the witnesses as a subject with its verb, for one or for many.
func clause(all []Witness, one, many string) string {
	if len(all) == 1 {
		return names(all) + " " + one
	}
	return names(all) + " " + many
}
