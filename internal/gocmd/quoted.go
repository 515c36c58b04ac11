package gocmd

import (
	"fmt"
	"strings"
)

// space is what separates words; no other white space does.
const space = " \t\n\r"

// SplitQuoted splits s into words as cmd/internal/quoted.Split does, for
// GOFLAGS and for the values of -ldflags, -gcflags and the like. A word may
// start with ' or ", and then ends at the next such quote. A quote inside a
// word stands for itself, and there are no escapes.
func SplitQuoted(s string) ([]string, error) {
	var words []string
	for rest := strings.TrimLeft(s, space); rest != ""; rest = strings.TrimLeft(rest, space) {
		var word string
		if quote := rest[0]; quote == '\'' || quote == '"' {
			end := strings.IndexByte(rest[1:], quote)
			if end < 0 {
				return nil, fmt.Errorf("unterminated %c string at byte %d", quote, len(s)-len(rest)+1)
			}
			word, rest = rest[1:1+end], rest[1+end+1:]
		} else if end := strings.IndexAny(rest, space); end >= 0 {
			word, rest = rest[:end], rest[end:]
		} else {
			word, rest = rest, ""
		}
		words = append(words, word)
	}
	return words, nil
}

// JoinQuoted joins words into a string that SplitQuoted splits into the same
// words. Only those with space or quotes in them are quoted. A word that holds
// both kinds of quotes is an error, for it cannot be written.
//
// Unlike cmd/internal/quoted.Join, it does not lose empty words.
func JoinQuoted(words []string) (string, error) {
	var b strings.Builder
	for i, word := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		quote := ""
		switch single, double := strings.Contains(word, "'"), strings.Contains(word, `"`); {
		case single && double:
			return "", fmt.Errorf("%q contains both single and double quotes and cannot be quoted", word)
		case single:
			quote = `"`
		case double || word == "" || strings.ContainsAny(word, space):
			quote = "'"
		}
		b.WriteString(quote)
		b.WriteString(word)
		b.WriteString(quote)
	}
	return b.String(), nil
}

// CutPattern splits the value of -ldflags, -gcflags, -asmflags or -gccgoflags
// into its package pattern, "" if it has none, and the words for the tool.
// It reports whether the go command accepts the value
// (cmd/go/internal/load.PerPackageFlag.set).
func CutPattern(value string) (pattern, words string, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" || value[0] == '-' {
		return "", value, true
	}
	pattern, words, ok = strings.Cut(value, "=")
	if !ok || pattern == "" || value[0] == '\'' || value[0] == '"' {
		return "", value, false
	}
	return strings.TrimSpace(pattern), words, true
}
