package modlayer

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gosum"
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
	for _, f := range files {
		if len(bytes.TrimSpace(f.Sum)) > 0 {
			filesWithSums++
		}
		for line := range gosum.All(f.Sum) {
			if err := checkSum(f, line); err != nil {
				return nil, err
			}
			text := strings.TrimSpace(line.Text)
			what, hash := line.Fields[0]+" "+line.Fields[1], line.Hash()
			old, ok := seen[what+" "+algorithm(hash)]
			switch {
			case !ok:
				seen[what+" "+algorithm(hash)] = known{hash, f}
			case old.hash == hash:
				continue
			case old.file != f:
				return nil, &diag.Error{
					Pos:  sumPos(f, line),
					Msg:  "the hash of " + what + " is another than that in " + modpair.SumPath(old.file.Name),
					Hint: "find out which one is right; then remove the other line",
				}
			}
			lines = append(lines, text+"\n")
		}
	}
	if filesWithSums > 1 {
		slices.SortStableFunc(lines, compareSums)
	}
	return []byte(strings.Join(lines, "")), nil
}

// checkSum refuses what is not a line of go.sum, in go.sum itself too: the go
// command would name the merged file, and go mod tidy, which passes over such
// lines, would mend that alone.
func checkSum(f *File, line gosum.Line) error {
	switch {
	case line.IsMarker():
		return &diag.Error{Pos: sumPos(f, line), Msg: "merge conflict", Hint: "keep the lines of both sides, without the markers; then go mod tidy"}
	case !line.IsWell():
		return &diag.Error{Pos: sumPos(f, line), Msg: "malformed sum: wrong number of fields " + strconv.Itoa(len(line.Fields))}
	}
	return nil
}

func sumPos(f *File, line gosum.Line) diag.Pos {
	return diag.Pos{File: modpair.SumPath(f.Name), Line: line.N, Col: 1}
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
