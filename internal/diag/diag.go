// Package diag holds the errors that goshim shows to users: where the fault
// is, what it is, and the way out.
package diag

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Pos is a place in a file. Lines and columns count from 1, columns in
// bytes. The zero Pos is no place.
type Pos struct {
	File string // as shown to the user
	Line int
	Col  int
}

// IsValid reports whether p is a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns file:line:column, or less where less is known.
func (p Pos) String() string {
	if !p.IsValid() {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// An Error is a refusal or a fault in a file.
type Error struct {
	Pos  Pos    // zero if the fault has no place
	Msg  string // subject and fault: lower case, no full stop
	Hint string // the way out, or ""
}

func (e *Error) Error() string {
	if e.Pos.File == "" {
		return e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

// Text returns what is written to standard error for err: a line with the
// error and, if it has one, a line with its hint. Each starts with "goshim: "
// so that nobody blames the real go.
func Text(err error) string {
	s := "goshim: " + Printable(err.Error()) + "\n"
	var e *Error
	if errors.As(err, &e) && e.Hint != "" {
		s += "goshim: hint: " + Printable(e.Hint) + "\n"
	}
	return s
}

// Printable returns s with what is not a visible character escaped, and bytes that
// are not UTF-8 too. A cloned repository's file is shown before it is trusted, so its
// text must not move the cursor or reverse the reading order, of a terminal or of the
// page on which a CI server shows a log.
func Printable(s string) string { return printable(s, func(r rune) bool { return false }) }

// PrintableLines is Printable for text of several lines, such as what a compiler
// says: the ends of lines stay.
func PrintableLines(s string) string {
	return printable(strings.ReplaceAll(s, "\r\n", "\n"), func(r rune) bool { return r == '\n' })
}

func printable(s string, keep func(rune) bool) string {
	shown := func(r rune) bool { return unicode.IsPrint(r) || keep(r) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !shown(r) }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case shown(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += n
	}
	return b.String()
}
