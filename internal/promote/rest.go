package promote

import (
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
)

// rest returns the stack of the environment that gives the lines, over the
// changed file if it stands on that: its layer keeps what differs still, so
// that the whole says what it did.
func (r *Request) rest(from *modlayer.Stack, changed *modlayer.File) (*modlayer.Stack, error) {
	i := from.Index(changed.Path)
	if i < 0 {
		return from, nil
	}
	over, err := from.With(i, changed.Data, changed.Sum)
	if err != nil {
		return nil, err
	}
	was, err := from.Merge()
	if err != nil {
		return nil, err
	}
	rest, err := rewrite(over, was, modlayer.Loose)
	if err != nil {
		return nil, err
	}
	is, err := rest.Merge()
	if err != nil {
		return nil, err
	}
	if len(modlayer.Compare(was, is)) == 0 {
		return withoutSums(rest, over, is)
	}
	// go mod tidy has added requirements below. They may stay if they select
	// no other version here: a directive that drops them would be in the way.
	stays, err := r.staysSame(from, rest)
	if stays || err != nil {
		return rest, err
	}
	return rewrite(over, was, modlayer.Exact)
}

// withoutSums returns rest without the sums of its layer if the stack below
// needs the same ones, as it says the same: go mod tidy has left out there what
// is not needed any more.
func withoutSums(rest, over *modlayer.Stack, is *modlayer.Merged) (*modlayer.Stack, error) {
	lower, err := over.Lower().Merge()
	if err != nil || len(modlayer.Compare(lower, is)) > 0 {
		return rest, err
	}
	return rest.With(len(rest.Files)-1, rest.Top().Data, nil)
}

// rewrite returns the stack with an uppermost file by which it says want.
func rewrite(s *modlayer.Stack, want *modlayer.Merged, keep modlayer.Keep) (*modlayer.Stack, error) {
	data, sums, err := s.WriteBack(want.Mod, want.Sum, keep)
	if err != nil {
		return nil, err
	}
	return s.With(len(s.Files)-1, data, sums)
}

// staysSame reports whether the modules of one stack have the same versions in
// another, which may have more of them.
func (r *Request) staysSame(was, is *modlayer.Stack) (bool, error) {
	var lists []map[string]string
	for _, stack := range []*modlayer.Stack{was, is} {
		s, err := gorun.NewSession(r.From, stack)
		if err != nil {
			return false, err
		}
		defer s.Close()
		list, err := s.Modules()
		if err != nil {
			return false, err
		}
		lists = append(lists, list)
	}
	for path, version := range lists[0] {
		if lists[1][path] != version {
			return false, nil
		}
	}
	return true, nil
}
