package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/goshim/goshim/internal/diag"
)

// printf writes to standard output.
func (a *App) printf(format string, args ...any) { fmt.Fprintf(a.Stdout, format, args...) }

// printJSON writes v to standard output, for programs.
func (a *App) printJSON(v any) error {
	enc := json.NewEncoder(a.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeTable writes rows with their columns aligned, two spaces apart.
func writeTable(w io.Writer, indent string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		b.WriteString(indent)
		for i, cell := range row {
			b.WriteString(diag.Printable(cell) + strings.Repeat(" ", widths[i]-width(cell)+2))
		}
		io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n")
	}
}

func width(cell string) int { return utf8.RuneCountInString(diag.Printable(cell)) }

// A position is a place in a file, as JSON.
type position struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// at returns pos as JSON, or nil if it is no place.
func at(pos diag.Pos) *position {
	if pos.File == "" {
		return nil
	}
	return &position{pos.File, pos.Line, pos.Col}
}

// A problem is an error, as JSON.
type problem struct {
	Message string    `json:"message"`
	At      *position `json:"at,omitempty"`
	Hint    string    `json:"hint,omitempty"`
}

func problemOf(err error) *problem {
	e := asError(err)
	return &problem{e.Msg, at(e.Pos), e.Hint}
}

// asError returns err as an error with its parts.
func asError(err error) *diag.Error {
	if e, ok := err.(*diag.Error); ok {
		return e
	}
	return &diag.Error{Msg: err.Error()}
}

// printProblem prints an error or a warning as compilers do, for people and for
// editors that read positions, and its hint on a line of its own.
func (a *App) printProblem(severity string, p problem) {
	a.printf("%s\n", diag.Printable((&diag.Error{Pos: p.At.pos(), Msg: severity + ": " + p.Message}).Error()))
	if p.Hint != "" {
		a.printf("\thint: %s\n", p.Hint)
	}
}

// reportAll writes errors to standard error and returns the end of a command
// that they stopped, or nil if there are none.
func (a *App) reportAll(errs []*diag.Error) error {
	for _, e := range errs {
		io.WriteString(a.Stderr, diag.Text(e))
	}
	if len(errs) > 0 {
		return &shownError{}
	}
	return nil
}

// count returns "1 setting", "2 settings".
func count(n int, what string) string { return diag.Count(n, what) }

// abs returns the path, which may be as seen from the working directory, as an
// absolute one.
func (a *App) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Dir, path)
}

// tilde returns path as a person writes it: below the home directory with ~.
func (a *App) tilde(path string) string {
	home := a.home()
	if rel, err := filepath.Rel(home, path); home != "" && err == nil && filepath.IsLocal(rel) {
		return filepath.Join("~", rel)
	}
	return path
}

// pos is the inverse of at.
func (p *position) pos() diag.Pos {
	if p == nil {
		return diag.Pos{}
	}
	return diag.Pos{File: p.File, Line: p.Line, Col: p.Column}
}

// String returns the position as [diag.Pos] does.
func (p *position) String() string { return p.pos().String() }
