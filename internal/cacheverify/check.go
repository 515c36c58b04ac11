package cacheverify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/textfile"
)

// A check reads what the cache has of a module version and compares.
type check struct {
	*want
	v                                *verification
	zip, ziphash, mod, info, partial string // paths of files
	unpacked                         string // path of the directory

	isThere  bool
	hasNoted bool   // there is a .ziphash file
	zipHas   string // the hash of the wrong zip
	record   sumstore.Record
	findings []finding.Finding
	parts    map[Part]bool // that are bad
	named    int           // files of the directory with a finding
}

func (v *verification) newCheck(w *want) *check {
	file := func(kind string) string { return v.dir.File(w.Version, kind) }
	return &check{
		want: w, v: v,
		zip: file(modstore.Zip), ziphash: file(modstore.ZipHash), mod: file(modstore.Mod), info: file(modstore.Info), partial: file(modstore.Partial),
		unpacked: v.unpacked(w.Version), parts: make(map[Part]bool),
	}
}

// paths returns what the check reads, as [filestate.Of] wants it.
func (c *check) paths() []string {
	if c.onlyMod {
		return []string{c.mod, c.info}
	}
	return []string{c.mod, c.info, c.zip, c.ziphash, c.partial, filestate.Tree(c.unpacked)}
}

// run does all checks. The error is that of ctx.
func (c *check) run(ctx context.Context) error {
	c.checkMod()
	c.checkInfo()
	if c.onlyMod {
		return nil
	}
	return c.checkContent(ctx)
}

// Hint is the way out of what is not as go.sum says.
const Hint = "goshim repair makes it anew"

// bad adds a finding about a part, of the highest severity unless it has one.
func (c *check) bad(p Part, f finding.Finding) {
	if f.Severity == finding.Low {
		f.Severity = finding.High
	}
	if c.v.opts.Against == nil {
		f.Hint = Hint
	}
	c.note(f)
	c.parts[p] = true
}

// note adds a finding.
func (c *check) note(f finding.Finding) {
	f.Module = c.Version.String()
	c.findings = append(c.findings, f)
}

// rel returns the path as a finding has it.
func (c *check) rel(path string) string {
	if rel, err := filepath.Rel(c.v.cache, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// why returns what is wrong with a file, without its path.
func why(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// checkMod compares the .mod file with the sum of it.
func (c *check) checkMod() {
	file := c.rel(c.mod)
	data, err := textfile.Read(c.mod, modzip.MaxGoMod)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if c.wasThere() {
			c.bad(Mod, finding.Finding{Rule: "modcache-mod-missing", Severity: finding.Medium, File: file, Message: "it is missing, although it was there: the list beside it has the version"})
		}
		return
	case err != nil:
		c.isThere = true
		c.bad(Mod, finding.Finding{Rule: "modcache-mod-edited", File: file, Message: why(err)})
		return
	}
	c.isThere = true
	c.record.Mod = parhash.H1([]string{"go.mod"}, []parhash.Hash{sha256.Sum256(data)})
	if len(c.modSums) > 0 && !slices.Contains(c.modSums, c.record.Mod) {
		c.bad(Mod, finding.Finding{Rule: "modcache-mod-edited", File: file, Message: c.differs(c.record.Mod, c.modSums)})
	}
}

// wasThere reports whether there was a .mod file, by the list of those that the
// go command keeps (modfetch.rewriteVersionList). That there is a zip says nothing:
// one that only shows that a package is not in it comes without.
func (c *check) wasThere() bool {
	list, err := textfile.Read(filepath.Join(filepath.Dir(c.mod), "list"), 16<<20)
	return err == nil && slices.Contains(strings.Split(string(list), "\n"), c.Version.Version)
}

// source says what the sums are from.
func (c *check) source() string {
	if c.v.opts.Against != nil {
		return "the listing"
	}
	return "go.sum"
}

func (c *check) differs(have string, want []string) string {
	return "it is not what " + c.source() + " says: " + have + " instead of " + strings.Join(want, " or ")
}

// checkInfo wants the .info file to be readable. No sum covers it.
func (c *check) checkInfo() {
	data, err := textfile.Read(c.info, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.isThere = true
	var info struct{ Version string }
	if err == nil {
		if err = json.Unmarshal(data, &info); err != nil {
			err = fmt.Errorf("it is not JSON: %w", err)
		}
	}
	if err == nil && info.Version != c.Version.Version {
		err = fmt.Errorf("it is about version %q", info.Version)
	}
	if err != nil {
		c.bad(Info, finding.Finding{Rule: "modcache-info", Severity: finding.Medium, File: c.rel(c.info), Message: why(err)})
	}
}

// checkContent compares the zip, the directory and the .ziphash file.
func (c *check) checkContent(ctx context.Context) error {
	sums, source := c.zipSums, c.source()
	noted, hasNoted := c.checkZipHash()
	if len(sums) == 0 && hasNoted {
		sums, source = []string{noted}, "its .ziphash file"
	}
	_, zipErr := os.Stat(c.zip)
	hasZip := !errors.Is(zipErr, fs.ErrNotExist)
	hasDir, err := c.hasDir()
	if err != nil || !hasZip && !hasDir {
		return err
	}
	c.isThere = true
	c.hasNoted = hasNoted
	if !hasNoted && !c.parts[ZipHash] {
		f := finding.Finding{Rule: "modcache-ziphash-missing", Severity: finding.Medium, File: c.rel(c.ziphash), Message: "it is missing, and go mod verify wants it"}
		if hasZip {
			c.bad(ZipHash, f)
		} else { // whoever deletes cache/download leaves this, and the go command accepts it
			f.Severity = finding.Low
			c.note(f)
		}
	}
	r := &reading{check: c, ctx: ctx, sums: sums, source: source}
	return r.run(hasZip, hasDir)
}

// uncovered returns a finding if there is no sum of what is there.
func (c *check) uncovered() (finding.Finding, bool) {
	f := finding.Finding{
		Rule: "modcache-uncovered", Severity: finding.Low, Module: c.Version.String(), File: c.rel(c.unpacked),
		Message: "not covered by a go.sum; compared with its .ziphash file, as go mod verify does",
	}
	if !c.hasNoted {
		f.Message = "not covered by a go.sum, and without a .ziphash file to compare with"
	}
	return f, !c.onlyMod && len(c.zipSums) == 0 && c.record.Zip != ""
}

// incomplete returns a finding if a version with a zip lacks a small file that
// follows from it: builds with a network do without, and others fail. A zip that
// only shows that a package is not in it comes without a .mod file, so this is no
// fault of the cache.
func (c *check) incomplete() (f finding.Finding, p Part, ok bool) {
	if c.onlyMod || c.record.Zip == "" || c.parts[Zip] || c.parts[Mod] {
		return f, "", false
	}
	f = finding.Finding{
		Rule: "modcache-mod-missing", Severity: finding.Low, Module: c.Version.String(), File: c.rel(c.mod),
		Message: "it is missing beside its zip, so that go commands may fail without a network", Hint: Hint,
	}
	if c.record.Mod == "" {
		return f, Mod, len(c.modSums) > 0 && c.v.dir.Has(c.Version, modstore.Zip)
	}
	list := filepath.Join(filepath.Dir(c.mod), "list")
	if _, err := os.Lstat(list); !errors.Is(err, fs.ErrNotExist) {
		return f, "", false
	}
	f.Rule, f.File, f.Message = "modcache-list-missing", c.rel(list), "it is missing, so that the cache cannot be read as a module proxy"
	return f, List, c.v.opts.Against == nil
}

// checkZipHash reads the .ziphash file and compares it with the sums.
func (c *check) checkZipHash() (noted string, ok bool) {
	data, err := textfile.Read(c.ziphash, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	c.isThere = true
	noted = string(bytes.TrimSpace(data))
	switch {
	case err != nil:
	case !strings.HasPrefix(noted, "h1:"):
		err = errors.New("it has no hash")
	case len(c.zipSums) > 0 && !slices.Contains(c.zipSums, noted):
		err = errors.New(c.differs(noted, c.zipSums))
	default:
		return noted, true
	}
	c.bad(ZipHash, finding.Finding{Rule: "modcache-ziphash-edited", File: c.rel(c.ziphash), Message: why(err)})
	return "", false
}

// hasDir reports whether there is a directory that the go command would use. One
// that is being unpacked is not used until that has come to its end.
func (c *check) hasDir() (bool, error) {
	info, err := os.Lstat(c.unpacked)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	c.isThere = true
	if _, err := os.Lstat(c.partial); err == nil {
		c.note(finding.Finding{Rule: "modcache-partial", Severity: finding.Low, File: c.rel(c.unpacked), Message: "it was not unpacked to the end; the go command unpacks it again"})
		return false, nil
	}
	if err == nil && !info.IsDir() {
		err = errors.New(kind(info.Mode()) + " stands in the place of the directory")
	}
	if err != nil {
		c.bad(Dir, finding.Finding{Rule: "modcache-irregular", File: c.rel(c.unpacked), Message: why(err)})
		return false, nil
	}
	return true, nil
}

// kind names what is no regular file.
func kind(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "a file"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a symbolic link"
	}
	return "something that is no file"
}
