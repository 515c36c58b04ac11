// Package snapshot keeps what an environment is built from in a file: each
// module of the build list with its sums, the toolchain, and the text of the
// modfiles, so that they can be brought back.
//
// The file is the same on every machine that has the same modfiles: it has no
// dates and no paths but those that the modfiles have.
package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/ownfile"
	"github.com/goshim/goshim/internal/textfile"
)

// format is the version of the file's format.
const format = 1

// A Snapshot is what an environment is built from.
type Snapshot struct {
	Format      int      `json:"snapshot"`
	Module      string   `json:"module"`
	Environment string   `json:"environment,omitempty"` // "" where no policy is in force
	Go          string   `json:"go"`                    // the go line
	Toolchain   string   `json:"toolchain"`             // GOVERSION of the go command that builds
	Modules     []Module `json:"modules"`               // the build list by path, without the main module
	Files       []File   `json:"files"`                 // the modfiles and their sums, the lowest first
}

// A Module is one of the build list.
type Module struct {
	Path     string           `json:"path"`
	Version  string           `json:"version"`
	Replaced string           `json:"replaced,omitempty"` // what stands in its place: "./dep" or "example.com/fork v1.0.0"
	Sum      string           `json:"sum,omitempty"`      // of what is built from; "" for a directory, and where no package is needed
	GoModSum string           `json:"goModSum,omitempty"`
	Origin   *modstore.Origin `json:"origin,omitempty"` // if it is known
}

// Source returns the module version that the module is built from: itself or
// its replacement. It reports false for a directory.
func (m Module) Source() (module.Version, bool) {
	if m.Replaced == "" {
		return module.Version{Path: m.Path, Version: m.Version}, true
	}
	path, version, ok := strings.Cut(m.Replaced, " ")
	return module.Version{Path: path, Version: version}, ok
}

// A File is a text file, by its slash path below the module's root. Joined with
// line feeds, the lines are the text.
type File struct {
	Name  string   `json:"name"`
	Lines []string `json:"lines"`
}

// NewFile returns the file with the text, which must be UTF-8 as JSON is.
func NewFile(name string, text []byte) (File, error) {
	if !utf8.Valid(text) {
		return File{}, &diag.Error{Pos: diag.Pos{File: name}, Msg: "the text is not UTF-8"}
	}
	return File{name, strings.Split(string(text), "\n")}, nil
}

// Text returns the file's text.
func (f File) Text() []byte { return []byte(strings.Join(f.Lines, "\n")) }

// File returns the text of the file with the given name, or nil if there is
// none.
func (s *Snapshot) File(name string) []byte {
	i := slices.IndexFunc(s.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return s.Files[i].Text()
}

// Encode returns the snapshot as it is kept.
func (s *Snapshot) Encode() []byte {
	t := *s
	t.Format = format
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(&t); err != nil {
		panic(err) // strings only
	}
	return b.Bytes()
}

// Own is the file as goshim knows its own, also one that a newer goshim wrote.
var Own = ownfile.Kind{What: "a snapshot", IsOwn: func(text []byte) bool { return formatOf(text) != 0 }}

// formatOf returns the format of a snapshot, 0 if the text is none.
func formatOf(text []byte) int {
	var head struct {
		Format int `json:"snapshot"`
	}
	if json.Unmarshal(text, &head) != nil {
		return 0
	}
	return head.Format
}

// Parse is the inverse of Encode. Errors name the file.
func Parse(name string, data []byte) (*Snapshot, error) {
	fault := func(msg string) error { return &diag.Error{Pos: diag.Pos{File: name}, Msg: msg} }
	var head struct {
		Format int `json:"snapshot"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fault("this is no snapshot: " + err.Error())
	}
	switch {
	case head.Format == 0:
		return nil, fault("this is no snapshot")
	case head.Format > format:
		return nil, &diag.Error{Pos: diag.Pos{File: name}, Msg: "a newer goshim wrote this snapshot, in format " + strconv.Itoa(head.Format), Hint: "update goshim"}
	}
	var s Snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, fault(err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fault("there is more behind the snapshot")
	}
	seen := make(map[string]bool)
	for _, m := range s.Modules {
		if m.Path == "" || seen[m.Path] {
			return nil, fault("module " + strconv.Quote(m.Path) + " stands here twice, or has no path")
		}
		seen[m.Path] = true
	}
	return &s, nil
}

// Read reads the snapshot in a file, which is shown as name, and returns its
// text too.
func Read(path, name string) (*Snapshot, []byte, error) {
	data, err := textfile.Read(path, textfile.Max)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, &diag.Error{Msg: "there is no snapshot " + name, Hint: "goshim snapshot write makes one"}
	}
	if err != nil {
		return nil, nil, &diag.Error{Msg: "reading the snapshot: " + err.Error()}
	}
	s, err := Parse(name, data)
	return s, data, err
}

// FileName returns the name of the file, in the module's root, that has the
// snapshot of an environment, or with "", of a module without a policy.
func FileName(env string) string {
	if env == "" {
		return "go.snapshot.json"
	}
	return "go." + env + ".snapshot.json"
}
