package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modpair"
)

// relative returns the name of a file as seen from root, with slashes: the file
// is named from the directory from, or by an absolute path. One that does not
// lie below root keeps its absolute path. Links may lead to root and to from:
// git, for one, names what is behind them.
func relative(root, from, file string) string {
	if file == "" {
		return ""
	}
	path := filepath.FromSlash(file)
	if !filepath.IsAbs(path) {
		path = filepath.Join(from, path)
	}
	for _, root := range []string{root, modpair.Real(root)} {
		for _, path := range []string{path, filepath.Join(modpair.Real(filepath.Dir(path)), filepath.Base(path))} {
			if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
				return filepath.ToSlash(rel)
			}
		}
	}
	return filepath.ToSlash(path)
}

// fallbackFile is where readers that want a place find what has none in the
// repository: they refuse a whole report for one finding without a file.
const fallbackFile = "go.mod"

// place returns the file of the repository, and the line from 1, at which a
// finding is shown.
func place(f finding.Finding) (file string, line int) {
	if f.File == "" || filepath.IsAbs(filepath.FromSlash(f.File)) || strings.HasPrefix(f.File, "/") {
		return fallbackFile, 1
	}
	return f.File, max(f.Line, 1)
}

// text returns what a reader is told at the place of a finding: it names the
// file or the module if the place does not.
func text(f finding.Finding) string {
	msg := f.Message
	if file, _ := place(f); file != f.File {
		if subject := cmp.Or(f.File, f.Module); subject != "" {
			msg = subject + ": " + msg
		}
	}
	if f.Hint != "" {
		msg += " (" + f.Hint + ")"
	}
	return msg
}

// fingerprints tell findings from others, in this run and later ones. Lines are
// no part of them, because they move: of those that are else the same, each has
// its number.
type fingerprints map[string]int

func (seen fingerprints) of(f finding.Finding) string {
	key := strings.Join([]string{f.Rule, f.Module, f.File, f.Message}, "\x00")
	seen[key]++
	sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
	return hex.EncodeToString(sum[:16])
}
