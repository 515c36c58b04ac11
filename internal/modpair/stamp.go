package modpair

import (
	"strconv"
	"strings"
)

// A stamp says in a few lines which state of the inputs a pair was made of, so
// that a later call needs only to look at their sizes and times. It is not
// made while a file is so young that it could change again without another
// time: then the contents are compared.

const stampHeader = "goshim modfile 3\n"

// encode returns the facts as the lines of a stamp.
func (f *Facts) encode() string {
	var b strings.Builder
	b.WriteString("key " + f.Key + "\nmodule " + strconv.Quote(f.Module) + "\ntoolchain " + strconv.Quote(f.Toolchain) + "\n")
	b.WriteString("ignore " + strconv.FormatBool(f.Ignore) + "\nmodules " + strconv.FormatBool(f.Modules) + "\nsum " + strconv.FormatBool(f.HasSum) + "\n")
	b.WriteString("work " + strconv.FormatBool(f.InWork) + "\n")
	for _, dir := range f.Dirs {
		b.WriteString("dir " + strconv.Quote(dir) + "\n")
	}
	return b.String()
}

// decodeFacts is the reverse of encode. It reports whether all lines are as
// they should be.
func decodeFacts(text string) (*Facts, bool) {
	f := &Facts{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var err error
		switch name {
		case "key":
			f.Key = value
		case "module":
			f.Module, err = strconv.Unquote(value)
		case "toolchain":
			f.Toolchain, err = strconv.Unquote(value)
		case "ignore":
			f.Ignore, err = strconv.ParseBool(value)
		case "modules":
			f.Modules, err = strconv.ParseBool(value)
		case "sum":
			f.HasSum, err = strconv.ParseBool(value)
		case "work":
			f.InWork, err = strconv.ParseBool(value)
		case "dir":
			var dir string
			dir, err = strconv.Unquote(value)
			f.Dirs = append(f.Dirs, dir)
		default:
			return nil, false
		}
		if err != nil {
			return nil, false
		}
	}
	return f, len(f.Key) == KeyLen
}
