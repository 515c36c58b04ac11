package modlayer

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
)

// mergeSums returns the lines of the go.sum files, each once, in their order.
// It is an error if two files have different hashes for the same: the go
// command would take the first.
func mergeSums(files []*File) ([]byte, error) {
	type known struct {
		hash string
		file *File
	}
	var out bytes.Buffer
	seen := make(map[string]known)
	for i, f := range files {
		line := 0
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
			out.Write(text)
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}

// algorithm returns what names the hash algorithm: "h1".
func algorithm(hash string) string {
	name, _, _ := strings.Cut(hash, ":")
	return name
}

// sumsWithout returns the lines of sum that lower does not have, or nil.
func sumsWithout(sum, lower []byte) []byte {
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
