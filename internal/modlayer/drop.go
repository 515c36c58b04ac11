package modlayer

import (
	"bytes"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// directive starts a comment that is an instruction to goshim. As with
// //go:build there is no space behind the slashes.
const directive = "//goshim:"

// A dropped statement is one of the modfile below that a layer takes away:
//
//	//goshim:drop replace example.com/dep
//	//goshim:drop exclude example.com/dep v1.0.0
//	//goshim:drop toolchain
type dropped struct {
	id
	pos diag.Pos
}

// droppable are the statements that a layer can drop, with the number of
// words that say which one.
var droppable = map[string][]int{
	"require":   {1},
	"replace":   {1, 2},
	"exclude":   {2},
	"tool":      {1},
	"godebug":   {1},
	"ignore":    {1},
	"toolchain": {0},
}

// parseDrops returns the statements that the drop directives in data name.
func parseDrops(name string, data []byte) ([]dropped, error) {
	if !bytes.Contains(data, []byte("goshim:")) {
		return nil, nil
	}
	var drops []dropped
	line := 0
	for text := range bytes.Lines(data) {
		line++
		start := bytes.Index(text, []byte("//"))
		if start < 0 {
			continue
		}
		pos := diag.Pos{File: name, Line: line, Col: start + 1}
		words := strings.Fields(string(text[start:]))
		if words[0] == "//" && len(words) > 1 && strings.HasPrefix(words[1], "goshim:") {
			return nil, &diag.Error{Pos: pos, Msg: "a directive has no space behind the slashes", Hint: "write //" + words[1]}
		}
		if !strings.HasPrefix(words[0], directive) {
			continue
		}
		if len(bytes.TrimSpace(text[:start])) > 0 {
			return nil, &diag.Error{Pos: pos, Msg: "a directive stands on a line of its own"}
		}
		d, err := parseDrop(words)
		if err != nil {
			err.Pos = pos
			return nil, err
		}
		d.pos = pos
		drops = append(drops, d)
	}
	return drops, nil
}

func parseDrop(words []string) (dropped, *diag.Error) {
	const usage = "write //goshim:drop and what to drop, such as: replace example.com/dep"
	if words[0] != directive+"drop" {
		return dropped{}, &diag.Error{Msg: "unknown directive " + words[0], Hint: usage}
	}
	if len(words) == 1 {
		return dropped{}, &diag.Error{Msg: "drop what?", Hint: usage}
	}
	counts, ok := droppable[words[1]]
	if !ok {
		return dropped{}, &diag.Error{Msg: words[1] + " lines cannot be dropped", Hint: usage}
	}
	args := words[2:]
	if !slices.Contains(counts, len(args)) {
		return dropped{}, &diag.Error{Msg: "drop which " + words[1] + " line?", Hint: usage}
	}
	args = append(args, "", "")
	return dropped{id: id{words[1], args[0], args[1]}}, nil
}

// dropsByID returns the directives by what they drop, the first of several.
func dropsByID(drops []dropped) map[id]dropped {
	m := make(map[id]dropped, len(drops))
	for _, d := range drops {
		if _, ok := m[d.id]; !ok {
			m[d.id] = d
		}
	}
	return m
}

// withoutDrops returns data without the directives that drop what gone says.
func withoutDrops(data []byte, drops []dropped, gone func(id) bool) []byte {
	if len(drops) == 0 {
		return data
	}
	byLine := make(map[int]id, len(drops))
	for _, d := range drops {
		byLine[d.pos.Line] = d.id
	}
	var out []byte
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if i, ok := byLine[line]; !ok || !gone(i) {
			out = append(out, text...)
		}
	}
	return out
}
