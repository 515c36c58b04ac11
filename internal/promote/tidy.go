package promote

import (
	"slices"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
)

// tidy returns the stack as go mod tidy leaves it, once the go command has
// checked the sums of what changed and found every package.
func (r *Request) tidy(before *modlayer.Merged, taken *modlayer.Stack) (*modlayer.Stack, error) {
	s, err := gorun.NewSession(r.To, taken)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Go("mod", "tidy"); err != nil {
		return nil, err
	}
	result, err := s.Result(modlayer.Loose)
	if err != nil {
		return nil, err
	}
	after, err := result.Merge()
	if err != nil {
		return nil, err
	}
	if b := r.rules().Merged(after); b != nil {
		b.Pos = diag.Pos{File: b.Pos.File} // the line is not written yet
		return nil, b.Refusal(r.To.Policy.Choice, "nothing is changed; it is go mod tidy that asks for it")
	}
	if changed := changedModules(before, after); len(changed) > 0 {
		if _, err := s.Go(append([]string{"mod", "download"}, changed...)...); err != nil {
			return nil, err
		}
	}
	if err := cacheverify.CheckSession(s); err != nil {
		return nil, err
	}
	_, err = s.Go("list", "-mod=readonly", "-deps", "-test", "./...")
	return result, err
}

// changedModules returns the required modules whose content may be another
// than before, and comes from the module cache.
func changedModules(before, after *modlayer.Merged) []string {
	required, isDir := make(map[string]bool), make(map[string]bool)
	for _, s := range after.Statements() {
		switch {
		case s.Verb == "require":
			required[s.Path] = true
		case s.Verb == "replace" && s.Replaced.Version == "":
			isDir[s.Path] = true
		}
	}
	var changed []string
	for _, d := range modlayer.Compare(before, after) {
		isModule := d.Verb == "require" || d.Verb == "replace"
		if isModule && required[d.Path] && !isDir[d.Path] && !slices.Contains(changed, d.Path) {
			changed = append(changed, d.Path)
		}
	}
	return changed
}
