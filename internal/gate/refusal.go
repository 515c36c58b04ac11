package gate

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/injected"
)

// refusalTime is how long a program may take to refuse to start.
const refusalTime = 20 * time.Second

// Refusals tries the programs that have a scaffold ([injected.NewScaffold]):
// built again without the marker, each must refuse to start. Only what is built
// so is run, and the scaffold ends it before it does anything of its own.
func (b *Build) Refusals(ctx context.Context, report *finding.Report) error {
	tried := 0
	for i, p := range b.Programs {
		if _, err := os.Stat(filepath.Join(p.Dir, injected.ScaffoldFile)); err != nil {
			continue
		}
		if err := b.refusal(ctx, report, p, filepath.Join(b.Out, "unmarked"+strconv.Itoa(i)+filepath.Ext(p.Path))); err != nil {
			return err
		}
		tried++
	}
	if tried > 0 {
		report.Counts = append(report.Counts, finding.Count{What: "scaffold", N: tried})
	}
	return nil
}

func (b *Build) refusal(ctx context.Context, report *finding.Report, p Program, path string) error {
	// The last -X of a variable counts, and the shim puts the caller's behind the
	// policy's.
	before := len(report.Findings)
	_, err := b.run(ctx, report, []string{"build", "-o=" + path, "-ldflags=-X=" + injected.Marker + "=", p.Package})
	if err != nil || len(report.Findings) > before {
		return err
	}
	defer os.Remove(path)
	limited, cancel := context.WithTimeout(ctx, refusalTime)
	defer cancel()
	var said head
	cmd := exec.CommandContext(limited, path)
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Dir(path), b.Env, &said
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		if fault := (*fs.PathError)(nil); errors.As(err, &fault) {
			err = fault.Err // without the path, which nobody knows
		}
		report.Add(finding.Finding{
			Rule:    "inject-not-tried",
			Message: p.Package + " cannot be run here, so whether it refuses to start without its values is not tried: " + err.Error(),
		})
		return nil
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 && strings.Contains(said.String(), injected.Marker+injected.Refusal) {
		return nil
	}
	report.Add(finding.Finding{
		Rule: "inject-starts", Severity: finding.High,
		Message: p.Package + " has " + injected.ScaffoldFile + ", but starts without the values of the policy",
		Hint:    "goshim inject scaffold says which tag the builds of the environment lack",
	})
	return nil
}

// A head keeps the beginning of what is written to it.
type head struct{ strings.Builder }

func (h *head) Write(p []byte) (int, error) {
	const most = 64 << 10
	h.Builder.Write(p[:min(len(p), most-h.Len())])
	return len(p), nil
}
