package gocmd

import "slices"

// Join returns the argument list, word for word as it was given to Parse.
// The result may be changed.
func (c *Command) Join() []string {
	return slices.Clone(c.argv)
}

// Insert returns the command with flags put right behind the command words and
// their -C. There they are only defaults: a flag of the user's comes later and
// wins. A Command without a Spec is returned as it is.
//
// Like all edits it parses the new argument list, so the result says what the
// go command will make of it; all other words stay byte for byte the same.
func (c *Command) Insert(flags ...string) *Command {
	if c.Spec == nil {
		return c
	}
	return c.splice(c.insert, 0, flags)
}

// Replace returns the command with words in place of c.Flags[i] and its value.
func (c *Command) Replace(i int, words ...string) *Command {
	f := c.Flags[i]
	return c.splice(f.Index, f.Width, words)
}

// Delete returns the command without c.Flags[i] and its value.
//
// In "go test" a flag may be what ends the list of packages. Replace it by
// another one if words without dashes follow.
func (c *Command) Delete(i int) *Command {
	return c.Replace(i)
}

// ReplaceArg returns the command with word in place of c.Args[i].
func (c *Command) ReplaceArg(i int, word string) *Command {
	at := c.insert
	for n := 0; ; at++ {
		if f := slices.IndexFunc(c.Flags, func(f Flag) bool { return f.Index == at }); f >= 0 {
			at += c.Flags[f].Width - 1
			continue
		}
		if c.argv[at] != c.Args[n] {
			continue // the -- that ends the flags
		}
		if n == i {
			return c.splice(at, 1, []string{word})
		}
		n++
	}
}

func (c *Command) splice(at, width int, words []string) *Command {
	return Parse(slices.Concat(c.argv[:at], words, c.argv[at+width:]))
}

// FlagsFor returns, as words, those of the command's flags that keep approves of
// and that another command takes in the same form.
func (c *Command) FlagsFor(other *Spec, keep func(name string) bool) []string {
	words := c.Join()
	var flags []string
	for _, f := range c.Flags {
		if other.Flag(f.Name) == f.Kind && keep(f.Name) {
			flags = append(flags, words[f.Index:f.Index+f.Width]...)
		}
	}
	return flags
}
