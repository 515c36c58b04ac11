package cacheverify

import (
	"cmp"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/shim"
)

// CheckSession verifies, as [Verify] does, the modules that a session's copy of
// the modfiles selects, by the sums of that copy. It stands in the place of go
// mod verify, which reads every file each time and compares with .ziphash files
// only. The error is about the first module that is not in order.
func CheckSession(s *gorun.Session) error {
	in, err := modinput.OfSession(s)
	if err != nil {
		return err
	}
	v, err := open(shim.ModuleCache(s.Target.Vars), s.Target.Vars.Get, Options{})
	if err != nil {
		return err
	}
	defer v.store.Close()
	v.wantBuilt(in)
	result, err := v.run(s.Context())
	if s.Context().Err() != nil {
		return &diag.Error{Msg: "interrupted; nothing is changed"}
	}
	if err != nil {
		return err
	}
	for _, f := range result.Report.Findings {
		if f.Severity > finding.Low {
			return &diag.Error{
				Msg:  "verifying the module cache, " + result.Report.Root + ": " + f.String(),
				Hint: cmp.Or(f.Hint, "goshim repair downloads it again") + "; nothing is changed",
			}
		}
	}
	return nil
}
