package promote

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
)

// others refuses a change after which another environment would not merge any
// more, or would break a rule that it keeps today. One that does not merge
// today is passed over.
//
// It returns what is to change for the others: go mod tidy takes sums out of
// the files that they stand on, and their own layers get those that they need.
func (r *Request) others(changed ...*modlayer.File) (sums []sumChange, err error) {
	for _, other := range r.Others {
		before, err := modlayer.Read(other.Use)
		if err != nil {
			continue
		}
		was, err := before.Merge()
		if err != nil {
			continue
		}
		after, touched, err := withFiles(before, changed)
		if err != nil {
			return nil, err
		}
		if touched == "" {
			continue
		}
		is, err := after.Merge()
		if err != nil {
			return nil, wouldBreak(other.Name, touched, err)
		}
		if b := other.Rules.Merged(is); b != nil && other.Rules.Merged(was) == nil {
			e := &diag.Error{Pos: diag.Pos{File: b.Pos.File}, Msg: b.What + ", which " + b.Source.String() + " rules out (" + b.Rule + ")"}
			return nil, wouldBreak(other.Name, touched, e)
		}
		if isChanged(after.Top(), changed) {
			continue
		}
		kept, err := r.keepSums(after, was, is)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			sums = append(sums, sumChange{before, kept})
			changed = append(changed, kept.Top())
		}
	}
	return sums, nil
}

// A sumChange is a stack before and after its uppermost file has got sums.
type sumChange struct{ before, after *modlayer.Stack }

// withFiles returns the stack with those of the changed files that it has, and
// the name of one of them.
func withFiles(stack *modlayer.Stack, changed []*modlayer.File) (after *modlayer.Stack, touched string, err error) {
	for _, f := range changed {
		if i := stack.Index(f.Path); i >= 0 {
			touched = f.Name
			if stack, err = stack.With(i, f.Data, f.Sum); err != nil {
				return nil, "", err
			}
		}
	}
	return stack, touched, nil
}

func isChanged(file *modlayer.File, changed []*modlayer.File) bool {
	return slices.ContainsFunc(changed, func(f *modlayer.File) bool { return f.Path == file.Path })
}

// keepSums returns the stack with those sums in its layer that the files below
// have lost and the go command asks for, or nil if there are none. The hashes
// are those that were there: nothing new is trusted.
func (r *Request) keepSums(stack *modlayer.Stack, was, is *modlayer.Merged) (*modlayer.Stack, error) {
	lost := modlayer.SumsWithout(was.Sum, is.Sum)
	if len(lost) == 0 {
		return nil, nil
	}
	s, err := gorun.NewSession(r.To, stack)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	// Errors are that environment's own: it may not build today either.
	s.Go("mod", "graph")
	s.Go("list", "-e", "-deps", "-test", "./...")
	sums, err := s.Sums()
	if err != nil {
		return nil, err
	}
	needed := modlayer.SumsWithout(lost, modlayer.SumsWithout(lost, sums))
	if len(needed) == 0 {
		return nil, nil
	}
	top := stack.Top()
	return stack.With(len(stack.Files)-1, top.Data, append(slices.Clone(top.Sum), needed...))
}

func wouldBreak(env, file string, err error) error {
	e := &diag.Error{Msg: err.Error()}
	var inner *diag.Error
	if errors.As(err, &inner) {
		e.Pos, e.Msg = inner.Pos, inner.Msg
	}
	e.Msg = "the change of " + file + " would break environment " + strconv.Quote(env) + ": " + e.Msg
	e.Hint = "nothing is changed; mend that environment first"
	if inner != nil && strings.HasPrefix(inner.Msg, "there is no ") {
		e.Hint = "nothing is changed; remove the directive first"
	}
	return e
}
