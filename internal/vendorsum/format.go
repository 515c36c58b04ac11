package vendorsum

import (
	"bytes"
	"encoding/base64"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/textfile"
)

// restName is what the first line is of.
const restName = "modules.txt"

// Encode returns the text of the file. It sorts the modules and their files.
func (s *Sum) Encode() []byte {
	s.sort()
	var b bytes.Buffer
	write := func(fields ...string) {
		b.WriteString(strings.Join(fields, " "))
		b.WriteByte('\n')
	}
	if s.Rest != "" {
		write(restName, s.Rest)
	}
	for _, m := range s.Modules {
		head := m.Path + " " + m.Version.Version
		if r := m.Replace; r.Version != "" {
			write(head, "=>", r.Path, r.Version)
		} else if r.Path != "" {
			write(head, "=>", word(r.Path))
		}
		for _, h := range m.hashes()[:2] {
			if *h.value != "" {
				write(head, h.kind, *h.value)
			}
		}
		if o := m.Origin; o != nil && isVCS(o.VCS) {
			fields := []string{head, word(o.VCS), word(o.URL), word(o.Hash)}
			if o.Ref != "" {
				fields = append(fields, word(o.Ref))
			}
			write(fields...)
		}
		if m.Tree != "" {
			write(head, "vendor", m.Tree)
		}
		for _, f := range m.Files {
			write("\t"+quoted(f.Name), f.Print)
		}
	}
	return b.Bytes()
}

// A hash is one of a module's.
type hash struct {
	kind  string
	value *string
}

func (m *Module) hashes() []hash {
	return []hash{{"list", &m.List}, {"zip", &m.Zip}, {"vendor", &m.Tree}}
}

// isVCS reports whether a name is that of a version control system: git, hg, …
func isVCS(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" &&
		!slices.ContainsFunc((&Module{}).hashes(), func(h hash) bool { return h.kind == name })
}

// quoted returns a file name, in quotes if it could be taken for something else.
func quoted(name string) string {
	isPlain := name != "" && name[0] != '"' && strings.TrimSpace(name) == name && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	if isPlain {
		return name
	}
	return strconv.Quote(name)
}

// word returns one field of a line, in quotes if it has a space.
func word(s string) string {
	if strings.Contains(s, " ") {
		return strconv.Quote(s)
	}
	return quoted(s)
}

// MaxSize is how many bytes of vendor.sum, or of vendor/modules.txt, are read.
// Half a million vendored files need less.
const MaxSize = 32 << 20

// Read reads a file of at most [MaxSize] bytes. A file that is not there is an
// error by [os.IsNotExist]. Others are as in [Parse].
func Read(path, name string) (*Sum, error) {
	data, err := textfile.Read(path, MaxSize)
	if os.IsNotExist(err) {
		return nil, err
	}
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	return Parse(name, data)
}

// Parse reads the text of the file that the user knows by the given name. The
// order of modules and of files does not matter. The error is a [*diag.Error] at
// the line that is malformed or says something twice.
func Parse(name string, data []byte) (*Sum, error) {
	p := &parser{sum: &Sum{}, index: make(map[module.Version]int)}
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		if fault := p.line(strings.TrimRight(text, "\r\n")); fault != "" {
			return nil, &diag.Error{
				Pos:  diag.Pos{File: name, Line: line, Col: 1},
				Msg:  fault,
				Hint: "goshim vendor sync writes the file anew",
			}
		}
	}
	p.sum.sort()
	return p.sum, nil
}

// A parser is one call of Parse.
type parser struct {
	sum   *Sum
	index map[module.Version]int // in sum.Modules
	last  *Module                // which files of the next lines belong to
	names map[string]bool        // of the files of last
}

// line reads a line, and returns what is wrong with it.
func (p *parser) line(text string) (fault string) {
	if rest, ok := strings.CutPrefix(text, "\t"); ok {
		return p.file(rest)
	}
	p.last = nil
	f, ok := fields(text)
	switch {
	case strings.HasPrefix(text, "<<<<<<<"), strings.HasPrefix(text, "======="), strings.HasPrefix(text, ">>>>>>>"):
		return "a merge is not finished"
	case !ok:
		return "malformed line"
	case len(f) == 0:
		return ""
	case len(f) == 2 && f[0] == restName && isHash(f[1]):
		return set(&p.sum.Rest, f[1])
	case len(f) < 4 || module.CheckImportPath(f[0]) != nil || !semver.IsValid(f[1]):
		return "malformed line"
	}
	return p.module(module.Version{Path: f[0], Version: f[1]}, f[2], f[3:])
}

// module reads a line about a module.
func (p *parser) module(v module.Version, kind string, args []string) (fault string) {
	i, ok := p.index[v]
	if !ok {
		i = len(p.sum.Modules)
		p.index[v] = i
		p.sum.Modules = append(p.sum.Modules, Module{Version: v})
	}
	m := &p.sum.Modules[i]
	for _, h := range m.hashes() {
		if h.kind != kind {
			continue
		}
		if len(args) != 1 || !isHash(args[0]) {
			return "malformed hash"
		}
		if kind == "vendor" {
			p.last, p.names = m, make(map[string]bool)
		}
		return set(h.value, args[0])
	}
	if kind == "=>" {
		return m.replace(args)
	}
	if !isVCS(kind) || len(args) != 2 && len(args) != 3 {
		return "malformed line"
	}
	if m.Origin != nil {
		return "said before"
	}
	m.Origin = &modstore.Origin{VCS: kind, URL: args[0], Hash: args[1]}
	if len(args) == 3 {
		m.Origin.Ref = args[2]
	}
	return ""
}

// replace reads what a module is replaced by.
func (m *Module) replace(args []string) (fault string) {
	switch {
	case m.Replace.Path != "":
		return "said before"
	case args[0] == "" || len(args) > 2 || len(args) == 2 && !semver.IsValid(args[1]):
		return "malformed replacement"
	case len(args) == 2 && module.CheckImportPath(args[0]) != nil:
		return "malformed replacement"
	}
	m.Replace.Path = args[0]
	if len(args) == 2 {
		m.Replace.Version = args[1]
	}
	return ""
}

// file reads the name and the fingerprint of a file.
func (p *parser) file(text string) (fault string) {
	i := strings.LastIndexByte(text, ' ')
	if p.last == nil || i < 0 {
		return "malformed line"
	}
	name, print := text[:i], text[i+1:]
	if strings.HasPrefix(name, `"`) {
		var err error
		if name, err = strconv.Unquote(name); err != nil {
			return "malformed file name"
		}
	}
	if sum, err := base64.RawURLEncoding.DecodeString(print); err != nil || len(sum) != 8 || name == "" {
		return "malformed line"
	}
	if p.names[name] {
		return "the file is listed twice"
	}
	p.names[name] = true
	p.last.Files = append(p.last.Files, File{name, print})
	return ""
}

// set sets what a line says, which no other line may say again.
func set(to *string, value string) (fault string) {
	if *to != "" {
		return "said before"
	}
	*to = value
	return ""
}

// isHash reports whether s is a hash as in go.sum, of the only known algorithm.
func isHash(s string) bool {
	text, ok := strings.CutPrefix(s, "h1:")
	sum, err := base64.StdEncoding.DecodeString(text)
	return ok && err == nil && len(sum) == 32
}

// fields splits a line at spaces that are not in quotes.
func fields(line string) (all []string, ok bool) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		if line[0] != '"' {
			field, rest, _ := strings.Cut(line, " ")
			all, line = append(all, field), rest
			continue
		}
		text, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, false
		}
		field, err := strconv.Unquote(text)
		if err != nil {
			return nil, false
		}
		all, line = append(all, field), line[len(text):]
	}
	return all, true
}
