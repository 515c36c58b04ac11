package git

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errSection  = errors.New("malformed section header")
	errVariable = errors.New("malformed variable")
)

// scanConfig calls set for each variable of a file in the syntax of
// git-config(1). Section and key are in lower case; a subsection follows the
// section after a dot, as is. Includes are not followed: git reads the format
// of a repository without them. An error begins with the line.
func scanConfig(data string, set func(section, key, value string) error) error {
	data = strings.TrimPrefix(data, "\ufeff")
	data = strings.ReplaceAll(data, "\r\n", "\n")
	section, rest := "", data
	for {
		rest = strings.TrimLeft(rest, " \t\n")
		if rest == "" {
			return nil
		}
		at := len(data) - len(rest)
		var err error
		switch rest[0] {
		case '#', ';':
			_, rest, _ = strings.Cut(rest, "\n")
		case '[':
			section, rest, err = cutSection(rest[1:])
		default:
			var key, value string
			key, value, rest, err = cutVariable(rest)
			if err == nil {
				err = set(section, key, value)
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %v", 1+strings.Count(data[:at], "\n"), err)
		}
	}
}

// cutSection reads `section]`, `section.sub]` or `section "sub"]`.
func cutSection(s string) (section, rest string, err error) {
	n := wordLen(s, ".-")
	section, rest = strings.ToLower(s[:n]), strings.TrimLeft(s[n:], " \t")
	if quoted, ok := strings.CutPrefix(rest, `"`); ok && section != "" {
		var sub strings.Builder
		i := 0
		for i < len(quoted) && quoted[i] != '"' && quoted[i] != '\n' {
			if quoted[i] == '\\' && i+1 < len(quoted) {
				i++
			}
			sub.WriteByte(quoted[i])
			i++
		}
		section += "." + sub.String()
		if rest, ok = strings.CutPrefix(quoted[i:], `"`); !ok {
			return "", "", errSection
		}
	}
	rest, ok := strings.CutPrefix(rest, "]")
	if !ok || section == "" {
		return "", "", errSection
	}
	return section, rest, nil
}

// cutVariable reads `key = value`, or `key` alone, which means true.
func cutVariable(s string) (key, value, rest string, err error) {
	n := wordLen(s, "-")
	if n == 0 {
		return "", "", "", errVariable
	}
	key, rest = strings.ToLower(s[:n]), strings.TrimLeft(s[n:], " \t")
	if rest == "" || strings.ContainsAny(rest[:1], "\n#;") {
		return key, "true", rest, nil
	}
	rest, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return "", "", "", errVariable
	}
	value, rest, err = cutValue(strings.TrimLeft(rest, " \t"))
	return key, value, rest, err
}

// cutValue reads up to the end of the line: quotes keep blanks and comment
// signs, a backslash escapes, also the end of the line.
func cutValue(s string) (value, rest string, err error) {
	var b strings.Builder
	quoted, keep := false, 0 // keep: the length without trailing blanks
	i := 0
	for ; i < len(s) && s[i] != '\n'; i++ {
		c := s[i]
		switch {
		case c == '"':
			quoted = !quoted
			keep = b.Len()
			continue
		case c == '\\':
			i++
			if i == len(s) || !strings.ContainsRune("\n\"\\ntb", rune(s[i])) {
				return "", "", errVariable
			}
			if s[i] == '\n' {
				continue
			}
			c = unescape(s[i])
		case (c == '#' || c == ';') && !quoted:
			_, rest, _ = strings.Cut(s[i:], "\n")
			return b.String()[:keep], rest, nil
		case (c == ' ' || c == '\t') && !quoted:
			b.WriteByte(c)
			continue
		}
		b.WriteByte(c)
		keep = b.Len()
	}
	if quoted {
		return "", "", errVariable
	}
	return b.String()[:keep], s[i:], nil
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	}
	return c
}

// wordLen returns the length of the run of letters, digits and extra at the
// start of s.
func wordLen(s, extra string) int {
	end := strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.ContainsRune(extra, c))
	})
	if end < 0 {
		return len(s)
	}
	return end
}
