package modlayer

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
)

// mergeSums returns the lines of the go.sum files, each once: those of one file
// in its order, those of several in the order that the go command writes, as
// it sorts go.sum only when it changes it, and go mod tidy -diff would show the
// difference.
//
// It is an error if two files have different hashes for the same: the go
// command would take the first.
func mergeSums(files []*File) ([]byte, error) {
	type known struct {
		hash string
		file *File
	}
	var lines []string
	filesWithSums := 0
	seen := make(map[string]known)
	for i, f := range files {
		line := 0
		if len(bytes.TrimSpace(f.Sum)) > 0 {
			filesWithSums++
		}
		for text := range bytes.Lines(f.Sum) {
			line++
			text = bytes.TrimSpace(text)
			if len(text) == 0 {
				continue
			}
			if n := len(bytes.Fields(text)); i > 0 && n != 3 { // in go.sum itself the go command says so
				return nil, &diag.Error{
					Pos: diag.Pos{File: modpair.SumPath(f.Name), Line: line, Col: 1},
					Msg: "malformed sum: wrong number of fields " + strconv.Itoa(n),
				}
			}
			space := bytes.LastIndexByte(text, ' ')
			what, hash := string(text[:max(space, 0)]), string(text[space+1:])
			old, ok := seen[what+" "+algorithm(hash)]
			switch {
			case !ok:
				seen[what+" "+algorithm(hash)] = known{hash, f}
			case old.hash == hash:
				continue
			case old.file != f:
				return nil, &diag.Error{
					Pos:  diag.Pos{File: modpair.SumPath(f.Name), Line: line, Col: 1},
					Msg:  "the hash of " + what + " is another than that in " + modpair.SumPath(old.file.Name),
					Hint: "find out which one is right; then remove the other line",
				}
			}
			lines = append(lines, string(text)+"\n")
		}
	}
	if filesWithSums > 1 {
		slices.SortStableFunc(lines, compareSums)
	}
	return []byte(strings.Join(lines, "")), nil
}

// compareSums orders lines of go.sum as the go command does.
func compareSums(a, b string) int {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) != 3 || len(y) != 3 {
		return cmp.Compare(len(x), len(y)) // malformed, which the go command says
	}
	versionX, fileX, _ := strings.Cut(x[1], "/")
	versionY, fileY, _ := strings.Cut(y[1], "/")
	return cmp.Or(
		cmp.Compare(x[0], y[0]),
		semver.Compare(versionX, versionY),
		cmp.Compare(versionX, versionY),
		cmp.Compare(fileX, fileY),
		cmp.Compare(x[2], y[2]),
	)
}

// algorithm returns what names the hash algorithm: "h1".
func algorithm(hash string) string {
	name, _, _ := strings.Cut(hash, ":")
	return name
}

// SumsWithout returns the lines of sum that lower does not have, or nil.
func SumsWithout(sum, lower []byte) []byte {
	have := make(map[string]bool)
	for text := range bytes.Lines(lower) {
		have[string(bytes.TrimSpace(text))] = true
	}
	var out []byte
	for text := range bytes.Lines(sum) {
		text = bytes.TrimSpace(text)
		if len(text) > 0 && !have[string(text)] {
			out = append(append(out, text...), '\n')
		}
	}
	return out
}
