package vendorsync

import (
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/shim"
)

// Untidy returns what go mod tidy would change in the target's modfiles as a
// diff, "" if nothing. It changes nothing, and downloads what it has to look at.
func Untidy(target *shim.Target) ([]byte, error) {
	s, err := gorun.Open(target)
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
	return gorun.Diff(gorun.Changes(s.Stack, result), s.Stack.NameOf), nil
}
