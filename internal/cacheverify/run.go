package cacheverify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/sumstore"
)

// A verification is one call of Verify.
type verification struct {
	cache   string // GOMODCACHE
	dir     modstore.Dir
	opts    Options
	store   *sumstore.Store
	pool    *parhash.Pool
	now     func() time.Time
	wants   []*want
	lacking int // .mod files that the build list follows from

	hides bool                               // the cache's files may change without showing it
	known map[module.Version]sumstore.Record // what was read before
	again map[module.Version]bool            // is read although it is as it was

	mu      sync.Mutex // guards what follows
	result  *Result
	good    map[module.Version]*sumstore.Record // what was found in order
	fresh   map[module.Version]*sumstore.Record // of those, what is to be recorded
	modules int                                 // with a zip or a directory
	files   int                                 // of them
	mods    int                                 // .mod files
	absent  int                                 // modules of which nothing was there
	done    int
}

// hidesWrites reports whether the files of a directory may change without showing it.
// Then nothing is recorded of them. It is another function in tests, whose files may
// lie anywhere.
var hidesWrites = func(dir string) bool {
	state, _ := filestate.Of([]string{dir}, time.Time{})
	return filestate.HidesWrites(state)
}

func newVerification(cache string, dir modstore.Dir, store *sumstore.Store, opts Options) *verification {
	return &verification{
		cache: cache, dir: dir, opts: opts, store: store, pool: parhash.NewPool(), now: time.Now,
		result: &Result{Report: &finding.Report{Check: Check, Root: cache}},
		good:   make(map[module.Version]*sumstore.Record),
		fresh:  make(map[module.Version]*sumstore.Record),
		hides:  hidesWrites(string(dir)),
	}
}

// run verifies what is wanted.
func (v *verification) run(ctx context.Context) (*Result, error) {
	slices.SortFunc(v.wants, func(a, b *want) int { return compare(a.Version, b.Version) })
	v.known = v.store.Records(v.cache)
	v.again = v.sample()
	var (
		next = make(chan *want)
		wait sync.WaitGroup
		errs = make(chan error, 1)
	)
	for range 2 * runtime.GOMAXPROCS(0) { // while some wait for the disk
		wait.Go(func() {
			for w := range next {
				if err := v.module(ctx, w); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for _, w := range v.wants {
		if len(errs) > 0 {
			break
		}
		next <- w
	}
	close(next)
	wait.Wait()
	v.store.Put(v.cache, v.fresh) // also of a verification that was stopped
	select {
	case err := <-errs:
		return nil, err
	default:
	}
	v.finish()
	return v.result, nil
}

// compare orders module versions.
func compare(a, b module.Version) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	return strings.Compare(a.Version, b.Version)
}

// sample returns which of the modules are read again: those that were read
// longest ago. So every module has its turn after as many verifications as it
// takes, and the choice depends on nothing but the records.
func (v *verification) sample() map[module.Version]bool {
	var all []module.Version
	for _, w := range v.wants {
		if _, ok := v.known[w.Version]; ok {
			all = append(all, w.Version)
		}
	}
	slices.SortStableFunc(all, func(a, b module.Version) int { return v.known[a].Time.Compare(v.known[b].Time) })
	n := (len(all)*v.opts.Sample + 99) / 100
	again := make(map[module.Version]bool)
	for _, m := range all[:min(n, len(all))] {
		again[m] = true
	}
	return again
}

// tries is how often a module is verified that changes meanwhile.
const tries = 3

// module verifies a module version. What does not agree is looked at once more
// while no go command unpacks it, before it is reported.
func (v *verification) module(ctx context.Context, w *want) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := v.newCheck(w)
	paths := c.paths()
	var state string
	var settled bool
	for try := 1; ; try++ {
		state, settled = filestate.Of(paths, v.now())
		if v.isKnown(c, state) {
			v.addKnown(c, paths)
			return nil
		}
		if err := c.run(ctx); err != nil {
			return err
		}
		if len(c.findings) > 0 {
			release, err := modcache.Quiet(ctx, v.dir, w.Version)
			if err != nil {
				return err
			}
			state, settled = filestate.Of(paths, v.now())
			c = v.newCheck(w)
			err = c.run(ctx)
			release()
			if err != nil {
				return err
			}
		}
		if filestate.Unchanged(state) {
			break
		}
		if try == tries {
			c.bad(Dir, finding.Finding{Rule: "modcache-changing", File: c.rel(c.unpacked), Message: "it changes while it is verified"})
			break
		}
		c = v.newCheck(w)
	}
	if c.isThere && len(c.findings) == 0 {
		c.record.State, c.record.Time = state, v.now()
	}
	v.addRead(c, paths, settled)
	return nil
}

// isKnown reports whether a module's files are as they were when they were read,
// and were what they must be.
func (v *verification) isKnown(c *check, state string) bool {
	r, ok := v.known[c.Version]
	if !ok || c.onlyMod || v.opts.Full || v.hides || v.again[c.Version] || r.State != state {
		return false
	}
	if r.Zip != "" && len(c.zipSums) > 0 && !slices.Contains(c.zipSums, r.Zip) ||
		r.Mod != "" && len(c.modSums) > 0 && !slices.Contains(c.modSums, r.Mod) {
		return false
	}
	if v.opts.Export { // what is recorded of the files must be all of them
		r.Files = v.store.Files(v.cache, c.Version)
		if r.Zip != "" && h1Of(c.Version.String()+"/", r.Files) != r.Zip {
			return false
		}
	}
	c.record, c.isThere, c.hasNoted = r, true, true
	return true
}

// report adds a finding.
func (v *verification) report(f finding.Finding) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.result.Report.Add(f)
}

// addKnown adds a module that is as it was to the result.
func (v *verification) addKnown(c *check, paths []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.addLocked(c, paths)
	v.good[c.Version] = &c.record
}

// addRead adds a module that was read to the result.
func (v *verification) addRead(c *check, paths []string, settled bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.addLocked(c, paths)
	v.result.Report.Findings = append(v.result.Report.Findings, c.findings...)
	if !c.isThere {
		return
	}
	if !c.onlyMod {
		v.result.Read = append(v.result.Read, c.Version)
	}
	if len(c.findings) > 0 {
		return
	}
	v.good[c.Version] = &c.record
	if settled && !v.hides && !c.onlyMod { // a .mod file is soon read
		v.fresh[c.Version] = &c.record
	}
}

func (v *verification) addLocked(c *check, paths []string) {
	v.result.Inputs = append(v.result.Inputs, paths...)
	if f, ok := c.uncovered(); ok {
		v.result.Report.Add(f)
	}
	switch {
	case c.record.Zip != "" || len(c.parts) > 0 && !c.onlyMod:
		v.modules++
		v.files += c.record.N
	case !c.isThere && !c.onlyMod:
		v.absent++
	}
	if c.record.Mod != "" {
		v.mods++
	}
	if f, p, ok := c.incomplete(); ok {
		v.result.Report.Add(f)
		c.parts[p] = true
	}
	v.addBad(c)
	v.done++
	if v.opts.OnProgress != nil {
		v.opts.OnProgress(v.done, len(v.wants))
	}
}

// addBad notes what must be fetched again of a module.
func (v *verification) addBad(c *check) {
	if len(c.parts) == 0 {
		return
	}
	bad := Bad{Module: c.Version, Zip: c.zipHas, ZipSums: c.zipSums, ModSums: c.modSums}
	for _, p := range parts {
		if c.parts[p] {
			bad.Parts = append(bad.Parts, p)
		}
	}
	v.result.Bad = append(v.result.Bad, bad)
}

// finish completes the result.
func (v *verification) finish() {
	r := v.result
	slices.SortFunc(r.Bad, func(a, b Bad) int { return compare(a.Module, b.Module) })
	slices.SortFunc(r.Read, compare)
	slices.Sort(r.Inputs)
	r.Inputs = slices.Compact(r.Inputs)
	r.Report.Counts = []finding.Count{{What: "module", N: v.modules}, {What: "file", N: v.files}, {What: ".mod file", N: v.mods}}
	if v.absent > 0 {
		r.Report.Counts = append(r.Report.Counts, finding.Count{What: "absent module", N: v.absent})
	}
	if v.lacking > 0 && v.modules > 0 {
		r.Report.Add(finding.Finding{
			Rule: "modcache-graph", Severity: finding.Low,
			Message: diag.Count(v.lacking, "version") + " without a .mod file in the module cache, so that the build list is not known: all that go.sum has is verified",
		})
	}
	if v.modules == 0 && (v.absent > 0 || v.mods == 0) && !r.Report.Fails() {
		r.Report.Add(finding.Finding{Rule: "modcache-empty", Severity: finding.Low, Message: v.emptyText()})
	}
	r.Report.Sort()
	if v.opts.Export {
		r.Listing = v.listing()
	}
	if v.opts.All {
		v.store.Forget(v.cache, v.gone())
	}
}

func (v *verification) emptyText() string {
	if len(v.wants) == 0 && !v.opts.All {
		return "nothing to verify: no module is needed"
	}
	where := "the module cache is empty"
	if _, err := os.Stat(v.cache); err != nil {
		where = "there is no module cache"
	}
	if v.absent > 0 {
		return fmt.Sprintf("nothing to verify: none of the modules is in the module cache (%d wanted)", v.absent)
	}
	return "nothing to verify: " + where
}

// gone returns the modules that have records and are in the cache no more.
func (v *verification) gone() []module.Version {
	var gone []module.Version
	for m := range v.known {
		if v.good[m] == nil && !v.dir.Has(m, modstore.Mod) && !v.dir.Has(m, modstore.Zip) {
			if _, err := os.Lstat(v.unpacked(m)); os.IsNotExist(err) {
				gone = append(gone, m)
			}
		}
	}
	return gone
}

// unpacked returns the path of the directory of a module version.
func (v *verification) unpacked(m module.Version) string {
	name, _ := modstore.Unpacked(m)
	return filepath.Join(v.cache, filepath.FromSlash(name))
}
