// TestDrift compiles this file into package main of cmd/go, by means of
// -overlay, to ask the installed go command what it makes of a command line.
package main

import (
	"cmd/go/internal/base"
	"cmd/go/internal/test"
	"cmd/go/internal/vet"
	"cmd/internal/quoted"
	"encoding/json"
	"flag"
	"os"
)

type question struct {
	Argv   [][]string // command lines without "go"
	Quoted []string   // values of GOFLAGS
}

type answer struct {
	Commands []command
	Parsed   []parsed // of Argv
	Words    [][]string
	Bad      []bool // whether Quoted was refused
}

type command struct {
	Words  string
	Custom bool     // parses its own flags
	Flags  []string // name, or name= if it needs a value
}

type parsed struct {
	Words string
	Moved bool     // by -C
	Args  []string // packages, or for package flag all arguments
	Rest  []string // what test hands on to the test binary
}

// Runs last, as the files' names decide on the order of their init functions.
func init() {
	if os.Getenv("GOCMD_DUMP") == "" {
		return
	}
	var q question
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		base.Fatal(err)
	}
	var a answer
	a.addCommands(base.Go) // before vet and fix learn the flags of their tools
	for _, argv := range q.Argv {
		a.Parsed = append(a.Parsed, parse(argv))
	}
	for _, s := range q.Quoted {
		words, err := quoted.Split(s)
		a.Words = append(a.Words, words)
		a.Bad = append(a.Bad, err != nil)
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		base.Fatal(err)
	}
	os.Exit(0)
}

func (a *answer) addCommands(parent *base.Command) {
	for _, cmd := range parent.Commands {
		if cmd.Runnable() {
			c := command{Words: cmd.LongName(), Custom: cmd.CustomFlags}
			cmd.Flag.VisitAll(func(f *flag.Flag) {
				name := f.Name
				if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
					name += "="
				}
				c.Flags = append(c.Flags, name)
			})
			a.Commands = append(a.Commands, c)
		}
		a.addCommands(cmd)
	}
}

// parse does what main and invoke do before cmd.Run.
func parse(argv []string) (p parsed) {
	home, err := os.Getwd()
	if err != nil {
		base.Fatal(err)
	}
	os.Args = append([]string{"go"}, argv...)
	handleChdirFlag()
	dir, _ := os.Getwd()
	p.Moved = dir != home
	os.Chdir(home)

	flag.CommandLine.Parse(os.Args[1:])
	cmd, used := lookupCmd(flag.Args())
	args := flag.Args()[used:]
	p.Words = cmd.LongName()
	switch {
	case cmd == test.CmdTest:
		p.Args, p.Rest = test.Flags(args)
	case cmd == vet.CmdVet, cmd == vet.CmdFix:
		_, p.Args = vet.Flags(cmd, args)
	case !cmd.CustomFlags:
		if err := cmd.Flag.Parse(args); err != nil {
			base.Fatalf("go %q: %v", argv, err)
		}
		p.Args = cmd.Flag.Args()
	}
	return p
}
