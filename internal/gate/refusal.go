package gate

import (
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/injected"
)

// Refusals checks that the programs that have a scaffold ([injected.NewScaffold])
// refuse to start without the values of the policy. It reads the programs and
// runs none of them.
func (b *Build) Refusals(report *finding.Report) error {
	n := 0
	for _, p := range b.Programs {
		f, has, err := injected.Refuses(p.Dir, p.Path)
		if err != nil {
			return err
		}
		if has {
			n++
		}
		if f != nil {
			f.Message = p.Package + ": " + f.Message
			report.Add(*f)
		}
	}
	if n > 0 {
		report.Counts = append(report.Counts, finding.Count{What: "scaffold", N: n})
	}
	return nil
}
