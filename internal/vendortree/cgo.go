package vendortree

import (
	"bytes"
	"hash"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/textfile"
)

const cgoVerb = "#cgo"

// A cgoFinder is a hash of a file that also finds out whether cgo may read flags in
// it.
type cgoFinder struct {
	hash.Hash
	found bool
	tail  []byte // of what was written, shorter than the verb
}

func (f *cgoFinder) Write(p []byte) (int, error) {
	if !f.found {
		seam := append(f.tail, p[:min(len(p), len(cgoVerb))]...)
		f.found = bytes.Contains(seam, []byte(cgoVerb)) || bytes.Contains(p, []byte(cgoVerb))
		end := p
		if len(p) < len(cgoVerb) {
			end = seam
		}
		f.tail = append(f.tail[:0], end[max(0, len(end)-len(cgoVerb)+1):]...)
	}
	return f.Hash.Write(p)
}

// cgo tells of directories that cgo looks into and that go mod vendor has not copied,
// as they have no Go files (golang/go#26366). Only a build would tell otherwise, and
// that of a header that it does not find.
func (c *check) cgo() {
	for _, f := range c.tree.Files {
		if !f.hasCgo || f.Block == nil {
			continue
		}
		for _, dir := range cgoMissing(c.tree.Dir, f.Path) {
			c.report.Add(finding.Finding{
				Rule: "vendor-cgo", Module: versionText(f.Block.Version), File: "vendor/" + f.Path,
				Message: CgoText(dir),
				Hint:    "a Go file in that directory of a fork has it copied; or build from the module cache",
			})
		}
	}
}

// CgoText says what is the matter with a directory that [CgoMissing] returns.
func CgoText(dir string) string {
	return "cgo looks into vendor/" + dir + ", which is not vendored: go mod vendor copies no directory without Go files"
}

// CgoMissing returns the directories that cgo looks into for a package in the vendor
// directory, and that are not there: by their paths below it, sorted.
func CgoMissing(vendor, pkg string) []string {
	entries, err := os.ReadDir(filepath.Join(vendor, filepath.FromSlash(pkg)))
	if err != nil {
		return nil
	}
	var all []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && strings.HasSuffix(entry.Name(), ".go") {
			all = append(all, cgoMissing(vendor, path.Join(pkg, entry.Name()))...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cgoMissing returns those of a file, by its path below the vendor directory.
func cgoMissing(vendor, file string) []string {
	text, err := textfile.Read(filepath.Join(vendor, filepath.FromSlash(file)), maxConverted)
	if err != nil {
		return nil
	}
	var all []string
	for _, rel := range cgoPaths(string(text)) {
		at := path.Join(path.Dir(file), rel)
		if strings.HasPrefix(at, "../") || slices.Contains(all, at) {
			continue
		}
		if _, err := os.Stat(filepath.Join(vendor, filepath.FromSlash(at))); os.IsNotExist(err) {
			all = append(all, at)
		}
	}
	return all
}

// cgoPaths returns the paths below its own directory that a Go file gives to cgo.
func cgoPaths(text string) []string {
	const own = "${SRCDIR}/"
	var all []string
	for line := range strings.Lines(text) {
		words := strings.Fields(strings.TrimLeft(line, "/* \t"))
		if len(words) == 0 || words[0] != cgoVerb {
			continue
		}
		for _, word := range words[1:] {
			isCut := strings.Trim(word, `"'`) != word && word[0] != word[len(word)-1] // it has spaces
			if _, rel, ok := strings.Cut(word, own); ok && !isCut {
				all = append(all, strings.Trim(rel, `"'`))
			}
		}
	}
	return all
}
