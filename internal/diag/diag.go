// Package diag holds the errors that goshim shows to users: where the fault
// is, what it is, and the way out.
package diag

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
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

// Printable returns s with what is not a visible character escaped. A cloned
// repository's file is shown before it is trusted, so its text must not move
// the cursor or reverse the reading order.
func Printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
