package repro

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/exefile"
	"github.com/goshim/goshim/internal/finding"
)

// compare compares the programs that were built in the two places.
func compare(root string, places [2]*place) (*Result, error) {
	result := &Result{Report: &finding.Report{Check: "repro", Root: root, Findings: []finding.Finding{}}, Programs: []Program{}}
	for i, p := range places {
		entries, err := os.ReadDir(p.out())
		if err != nil {
			return nil, &diag.Error{Msg: err.Error()}
		}
		for _, e := range entries {
			sum, err := hashOf(filepath.Join(p.out(), e.Name()))
			if err != nil {
				return nil, &diag.Error{Msg: err.Error()}
			}
			n := slices.IndexFunc(result.Programs, func(p Program) bool { return p.Name == e.Name() })
			if n < 0 {
				n = len(result.Programs)
				result.Programs = append(result.Programs, Program{Name: e.Name()})
			}
			result.Programs[n].SHA256[i] = sum
		}
	}
	if len(result.Programs) == 0 {
		return nil, &diag.Error{Msg: "no program was built, so there is nothing to compare", Hint: "name the package of a program"}
	}
	result.Counts = []finding.Count{{What: "program", N: len(result.Programs)}}
	for _, p := range result.Programs {
		if !p.Same() {
			result.Findings = append(result.Findings, explain(p, places)...)
		}
	}
	return result, nil
}

// explain returns the finding that the program differs, and those that say why.
func explain(p Program, places [2]*place) []finding.Finding {
	d := &difference{name: p.Name, places: places}
	if p.SHA256[0] == "" || p.SHA256[1] == "" {
		d.add("repro-missing", "only one of two builds has made it", "")
		return d.findings
	}
	d.add("repro-differs", "two builds differ: sha256 "+p.SHA256[0]+" and "+p.SHA256[1], "")
	for i, place := range places {
		path := filepath.Join(place.out(), p.Name)
		if file, err := exefile.Open(path); err == nil {
			defer file.Close()
			d.files[i] = file
			d.infos[i], _ = file.BuildInfo()
		}
	}
	d.compareInfo()
	d.comparePaths()
	d.compareSections()
	return d.findings
}

// A difference is a program of which two builds differ.
type difference struct {
	name     string
	places   [2]*place
	infos    [2]*debug.BuildInfo // nil if it has none
	files    [2]*exefile.File    // nil if it is of another format
	findings []finding.Finding
}

func (d *difference) add(rule, message, hint string) {
	d.findings = append(d.findings, finding.Finding{Rule: rule, Severity: finding.Medium, File: d.name, Message: message, Hint: hint})
}

// compareInfo compares what the go command has recorded.
func (d *difference) compareInfo() {
	a, b := d.infos[0], d.infos[1]
	if a == nil || b == nil {
		return
	}
	note := func(what, x, y string) {
		if x != y {
			d.add("repro-setting", "the builds record another "+what+": "+strconv.Quote(x)+" and "+strconv.Quote(y), settingHint(what))
		}
	}
	note("Go version", a.GoVersion, b.GoVersion)
	note("version", a.Main.Version, b.Main.Version)
	values := make(map[string][2]string)
	var keys []string
	for i, info := range d.infos {
		for _, s := range info.Settings {
			v, ok := values[s.Key]
			if !ok {
				keys = append(keys, s.Key)
			}
			v[i] = s.Value
			values[s.Key] = v
		}
	}
	for _, key := range keys {
		note(key, values[key][0], values[key][1])
	}
}

// settingHint says what helps against a setting that differs.
func settingHint(key string) string {
	switch {
	case key == "-ldflags":
		return "take times and paths out of -ldflags; inject has {git.time}, the commit's"
	case strings.HasPrefix(key, "vcs."):
		return "-buildvcs=false leaves the commit out"
	}
	return ""
}

// comparePaths looks for the paths of the places in the programs.
func (d *difference) comparePaths() {
	trimmed := d.infos[0] != nil && slices.Contains(d.infos[0].Settings, debug.BuildSetting{Key: "-trimpath", Value: "true"})
	hint := "-trimpath leaves it out: build = [\"-trimpath\"] in [env.NAME.flags]"
	if trimmed {
		hint = "-trimpath does not reach what a C compiler, -ldflags or a generated file writes"
	}
	for _, what := range []struct {
		name string
		path func(*place) string
	}{
		{"work tree", (*place).src},
		{"module cache", func(p *place) string { return p.modcache }},
		{"build cache", (*place).cache},
		{"directory for temporary files", (*place).tmp},
	} {
		n := [2]int{}
		for i, p := range d.places {
			n[i] = occurrences(filepath.Join(p.out(), d.name), what.path(p))
		}
		if n[0]+n[1] > 0 && what.path(d.places[0]) != what.path(d.places[1]) {
			d.add("repro-path", "the path of the "+what.name+" is in it "+times(n), hint)
		}
	}
}

// times says how often something is in the one and in the other program.
func times(n [2]int) string {
	text := fmt.Sprint(n[0]) + " times"
	if n[0] == 1 {
		text = "once"
	}
	if n[1] != n[0] {
		text += fmt.Sprintf(", and in the other %d times", n[1])
	}
	return text
}

// occurrences returns how often a path is in a file, as it is or with slashes.
func occurrences(file, path string) int {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	want := []byte(filepath.ToSlash(path))
	n, buf, have := 0, make([]byte, 1<<20), 0
	for {
		m, err := f.Read(buf[have:])
		data := bytes.ReplaceAll(buf[:have+m], []byte{filepath.Separator}, []byte("/"))
		n += bytes.Count(data, want)
		tail := min(len(data), len(want)-1) // an occurrence may go on in what comes next
		if i := bytes.LastIndex(data, want); i >= 0 {
			tail = min(tail, len(data)-i-len(want))
		}
		have = copy(buf, data[len(data)-tail:])
		if err == io.EOF || err != nil {
			return n
		}
	}
}

// compareSections says which parts of the program differ.
func (d *difference) compareSections() {
	a, b := d.files[0], d.files[1]
	if a == nil || b == nil {
		return
	}
	var names []string
	for i, s := range a.Sections {
		if i >= len(b.Sections) || b.Sections[i].Name != s.Name {
			names = append(names, s.Name)
			break
		}
		x, errX := s.Data()
		y, errY := b.Sections[i].Data()
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			names = append(names, s.Name)
		}
	}
	if len(names) > 0 {
		d.add("repro-section", "they differ in "+strings.Join(names, ", "), "")
	}
	if len(d.findings) == 2 && d.usesC() {
		d.add("repro-cgo", "C code is in it, and what a C compiler and linker make may depend on the place and the time", "CGO_ENABLED=0 leaves it out, if the program can do without")
	}
}

// usesC reports whether the program has C code, by the files that cgo makes.
func (d *difference) usesC() bool {
	names, _ := d.files[0].SourceFiles()
	return slices.ContainsFunc(names, func(name string) bool { return filepath.Base(name) == "_cgo_gotypes.go" })
}
