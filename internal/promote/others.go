package promote

import (
	"errors"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modlayer"
)

// checkOthers refuses a change after which another environment would not merge
// any more, or would break a rule that it keeps today. One that does not merge
// today is passed over.
func (r *Request) checkOthers(changed ...*modlayer.File) error {
	for _, other := range r.Others {
		stack, err := modlayer.Read(other.Use)
		if err != nil {
			continue
		}
		was, err := stack.Merge()
		if err != nil {
			continue
		}
		touched := ""
		for _, f := range changed {
			if i := stack.Index(f.Path); i >= 0 {
				touched = f.Name
				if stack, err = stack.With(i, f.Data, f.Sum); err != nil {
					return err
				}
			}
		}
		if touched == "" {
			continue
		}
		is, err := stack.Merge()
		if err != nil {
			return wouldBreak(other.Name, touched, err)
		}
		if b := other.Rules.Merged(is); b != nil && other.Rules.Merged(was) == nil {
			e := &diag.Error{Pos: diag.Pos{File: b.Pos.File}, Msg: b.What + ", which " + b.Source.String() + " rules out (" + b.Rule + ")"}
			return wouldBreak(other.Name, touched, e)
		}
	}
	return nil
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
