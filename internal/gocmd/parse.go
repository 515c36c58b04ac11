package gocmd

import "strings"

// Parse parses the arguments behind "go", which are os.Args[1:]. It never fails
// and keeps args, which must not be changed afterwards.
func Parse(args []string) *Command {
	c := &Command{argv: args}
	i := c.parseWords()
	c.insert = i
	switch {
	case c.Spec == nil || c.Words == "help":
		c.Args = args[i:]
	case c.Words == "test":
		c.parseTest(i)
	default:
		c.parseFlags(i)
	}
	return c
}

// parseWords sets Words, Spec and Dir, and returns the index of the first
// argument behind them. See lookupCmd and handleChdirFlag in main.go.
func (c *Command) parseWords() int {
	i := c.parseChdir(0)
	if i < len(c.argv) && c.argv[i] == "--" {
		i++ // ended the flags before the command: main calls flag.Parse
	}
	if !c.wordAt(i) {
		return i
	}
	c.Words = c.argv[i]
	i++
	if c.Words == "mod" || c.Words == "work" {
		i = c.parseChdir(i)
		if !c.wordAt(i) {
			return i
		}
		if c.argv[i] == "help" {
			c.Words = "help"
		} else {
			c.Words += " " + c.argv[i]
		}
		i++
	}
	c.Spec = Lookup(c.Words)
	if c.Spec != nil && c.Words != "help" { // to help, -C is a topic
		c.Words = c.Spec.Words
		i = c.parseChdir(i)
	}
	return i
}

// wordAt reports whether there is a word at index i that is not a flag.
func (c *Command) wordAt(i int) bool {
	return i < len(c.argv) && !strings.HasPrefix(c.argv[i], "-")
}

// parseChdir takes a -C flag at index i, unless there was one before,
// and returns the index behind it. A -C without a value is left alone.
func (c *Command) parseChdir(i int) int {
	if c.Chdir || i >= len(c.argv) {
		return i
	}
	f, ok := cutFlag(c.argv[i])
	if !ok || f.Name != "C" {
		return i
	}
	if f.HasValue {
		c.Chdir, c.Dir = true, f.Value
		return i + 1
	}
	if i+1 < len(c.argv) {
		c.Chdir, c.Dir = true, c.argv[i+1]
		return i + 2
	}
	return i
}

// cutFlag splits a word of the form -name, --name, -name=value or --name=value.
// Like package flag, it refuses "-", "--", "---name" and "-=value".
func cutFlag(word string) (f Flag, ok bool) {
	name, ok := strings.CutPrefix(word, "-")
	if !ok {
		return Flag{}, false
	}
	name = strings.TrimPrefix(name, "-")
	if name == "" || name[0] == '-' || name[0] == '=' {
		return Flag{}, false
	}
	f.Name, f.Value, f.HasValue = strings.Cut(name, "=")
	return f, true
}

// flagAt returns the flag at index i, with its value from the next word if it
// needs one. Neither package flag nor cmdflag.ParseOne looks at that word: it
// may well start with a dash.
func (c *Command) flagAt(i int) (f Flag, ok bool) {
	f, ok = cutFlag(c.argv[i])
	if !ok {
		return f, false
	}
	f.Kind = c.Spec.Flag(f.Name)
	f.Index = i
	f.Width = 1
	switch {
	case f.HasValue:
	case f.Kind == Bool:
		f.Value = "true"
	case f.Kind == Value:
		f.takeValue(c.argv[i+1:])
	}
	return f, true
}

// takeValue makes the first of the words that follow f its value.
func (f *Flag) takeValue(words []string) {
	if len(words) > 0 {
		f.Value, f.HasValue, f.Width = words[0], true, 2
	}
}

func (c *Command) addFlag(f Flag) {
	if c.Flags == nil {
		c.Flags = make([]Flag, 0, len(c.argv)-f.Index)
	}
	c.Flags = append(c.Flags, f)
}

// parseFlags parses what follows the words of any command but test. Flags end
// at "--" or at the first argument, for vet and fix (vetflag.go) as well as
// for those that use package flag: in "go build ./... -v", -v is a package.
func (c *Command) parseFlags(i int) {
	for i < len(c.argv) {
		f, ok := c.flagAt(i)
		if !ok {
			break
		}
		c.addFlag(f)
		i += f.Width
	}
	if i < len(c.argv) && c.argv[i] == "--" {
		i++
	}
	c.Args = c.argv[i:]

	n := len(c.Args)
	switch c.Words {
	case "run":
		n = programLen(c.Args)
	case "tool":
		n = min(n, 1)
	}
	if n < len(c.Args) {
		c.Args, c.ProgArgs = c.Args[:n:n], c.Args[n:]
	}
}

// programLen returns how many arguments of "go run" name the program: all
// leading .go files, otherwise one package (run/run.go, runRun).
func programLen(args []string) int {
	n := 0
	for n < len(args) && strings.HasSuffix(args[n], ".go") {
		n++
	}
	return max(n, min(len(args), 1))
}

// parseTest follows testFlags in test/testflag.go. Flags may stand before and
// behind the one list of packages. An unknown flag, which is for the test
// binary, ends that list or means that there is none; the next word is
// presumed to be its value, unless that is a flag (go.dev/issue/40763).
func (c *Command) parseTest(i int) {
	closed := false // whether the list of packages is complete
	for i < len(c.argv) {
		f, ok := c.flagAt(i)
		if !ok {
			if closed || c.argv[i] == "--" {
				break
			}
			c.Args = c.argv[i-len(c.Args) : i+1 : i+1]
			i++
			continue
		}
		closed = closed || len(c.Args) > 0
		if f.Kind == None {
			if f.Name == "args" && !f.HasValue {
				i++
				break
			}
			closed = true
			if !f.HasValue && c.isOperand(i+1) {
				f.takeValue(c.argv[i+1:])
			}
		}
		c.addFlag(f)
		i += f.Width
	}
	if i < len(c.argv) {
		c.ProgArgs = c.argv[i:]
	}
}

// isOperand reports whether the word at index i is neither a flag nor "--".
func (c *Command) isOperand(i int) bool {
	if i >= len(c.argv) || c.argv[i] == "--" {
		return false
	}
	_, isFlag := cutFlag(c.argv[i])
	return !isFlag
}
