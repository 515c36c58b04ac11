package override

import (
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/shim"
)

// Drop removes the replacements of a module: those in the environment's own
// layer, so that what lies below holds again, or else, by a directive, those
// below.
func Drop(target *shim.Target, old string) (*Result, error) {
	read, err := Read(target)
	if err != nil {
		return nil, err
	}
	path, version, oneVersion := strings.Cut(old, "@")
	isMeant := func(s modlayer.Statement) bool {
		return s.Verb == "replace" && s.Path == path && (!oneVersion || s.Version == version)
	}
	merged, err := read.Merge()
	if err != nil {
		return nil, err
	}
	inForce := filter(merged.Statements(), isMeant)
	if len(inForce) == 0 {
		return nil, notReplaced(target, merged, old)
	}
	s, err := gorun.NewSession(target, read)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	result := &Result{Read: read}
	own := filter(inForce, func(s modlayer.Statement) bool { return s.Pos.File == read.Top().Name })
	result.What = old + " dropped from " + read.Top().Name
	edit := []string{"mod", "edit"}
	if len(own) == 0 {
		result.What = old + " dropped by a directive in " + read.Top().Name + ", as the line is " + inForce[0].Pos.String()
		own = inForce
	}
	for _, r := range own {
		edit = append(edit, "-dropreplace="+withVersion(r.Path, r.Version))
	}
	if len(read.Files) > 1 && own[0].Pos.File == read.Top().Name {
		lower, err := read.Lower().Merge()
		if err != nil {
			return nil, err
		}
		for _, r := range filter(lower.Statements(), isMeant) {
			edit = append(edit, "-replace="+withVersion(r.Path, r.Version)+"="+r.Replaced.String())
			result.Notes = append(result.Notes, r.Pos.String()+" holds again: "+withVersion(r.Path, r.Version)+" => "+r.Text)
		}
	}
	if _, err := s.Go(edit...); err != nil {
		return nil, err
	}
	if err := s.ForgetSums(sumPrefixes(own)); err != nil {
		return nil, err
	}
	result.Stack, err = s.Result(modlayer.Exact)
	if err != nil {
		return nil, err
	}
	// The module's own sums may be missing. To drop a line needs no network.
	if _, err := s.Go("list", "-e", "-deps", "-test", "./..."); err != nil {
		result.Notes = append(result.Notes, "sums may be missing: go mod tidy adds them")
		return result, nil
	}
	result.Stack, err = s.Result(modlayer.Exact)
	return result, err
}

// sumPrefixes returns how the lines of go.sum begin that only these
// replacements by modules need.
func sumPrefixes(replaces []modlayer.Statement) []string {
	var prefixes []string
	for _, r := range replaces {
		if to := r.Replaced; to.Version != "" {
			prefixes = append(prefixes, to.Path+" "+to.Version)
		}
	}
	return prefixes
}

func filter(all []modlayer.Statement, keep func(modlayer.Statement) bool) []modlayer.Statement {
	var kept []modlayer.Statement
	for _, s := range all {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func notReplaced(target *shim.Target, merged *modlayer.Merged, old string) error {
	var names []string
	for _, s := range merged.Statements() {
		if s.Verb == "replace" {
			names = append(names, s.Path)
		}
	}
	return &diag.Error{
		Msg:  strconv.Quote(old) + " is not replaced" + target.Policy.Choice.In(),
		Hint: diag.DidYouMean(old, names),
	}
}
