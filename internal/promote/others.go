package promote

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
)

// others refuses a change after which another environment would not merge any
// more, or would break a rule that it keeps today. One that does not merge
// today is passed over.
//
// It returns what is to change for the others: go mod tidy takes sums out of
// the files that they stand on, and their own layers get those that they need.
//
// Known are sums that FROM has.
func (r *Request) others(known []byte, changed ...*modlayer.File) (sums []sumChange, err error) {
	for _, other := range r.Others {
		before, err := modlayer.Read(other.Use)
		if err != nil {
			continue
		}
		was, err := mergeFor(before, other.Use)
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
		is, err := mergeFor(after, other.Use)
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
		kept, err := r.keepSums(before, after, append(bytes.Clone(was.Sum), modlayer.SumsWithout(known, was.Sum)...))
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

// mergeFor merges the files of a stack, and refuses what the go commands of its
// environment would be refused for.
func mergeFor(s *modlayer.Stack, use *modpair.Use) (*modlayer.Merged, error) {
	m, err := s.Merge()
	if err != nil {
		return nil, err
	}
	var gomod []byte
	if i := s.Index(use.Gomod().Path); i >= 0 {
		gomod = s.Files[i].Data
	} else if gomod, err = textfile.Read(use.Gomod().Path, textfile.Max); err != nil {
		return nil, err
	}
	_, err = m.AsksFor(gomod)
	return m, err
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

// keepSums returns the stack after the change with those sums in its layer that
// the go command misses there, and did not miss before; nil if there are none.
// They are some of the known ones: nothing new is trusted.
func (r *Request) keepSums(before, after *modlayer.Stack, known []byte) (*modlayer.Stack, error) {
	missing, err := r.missingSums(after, known)
	if err != nil || missing == nil {
		return nil, err
	}
	missed, err := r.missingSums(before, known)
	if err != nil {
		return nil, err
	}
	if missing = modlayer.SumsWithout(missing, missed); missing == nil {
		return nil, nil
	}
	top := after.Top()
	return after.With(len(after.Files)-1, top.Data, append(slices.Clone(top.Sum), missing...))
}

// missingSums returns those of the known sums that the stack does not have and
// the go command adds.
func (r *Request) missingSums(stack *modlayer.Stack, known []byte) ([]byte, error) {
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	lacks := modlayer.SumsWithout(known, merged.Sum)
	if lacks == nil {
		return nil, nil
	}
	s, err := gorun.NewSession(r.To, stack)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	unused := lacks
	for _, words := range [][]string{
		{"list", "-e", "-deps", "-test", "./..."},
		{"mod", "tidy"}, // go list -m all needs more, which only this writes
	} {
		s.Go(words...) // an error is that environment's own: it may not build today either
		_, sums, err := s.Copy()
		if err != nil {
			return nil, err
		}
		unused = modlayer.SumsWithout(unused, sums)
	}
	return modlayer.SumsWithout(lacks, unused), nil
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
