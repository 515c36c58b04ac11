package buildwarm

import (
	"os/exec"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// A config is how the environment runs go commands, as far as the build cache
// depends on it.
type config struct {
	commands []string // "build", "test"; the last one is run, and does the others' work
	path     string   // of the real go
	dir      string
	env      []string
	flags    []string // of the command line; GOFLAGS, in env, has others
	wrapper  string   // the value of -toolexec that the environment has, or ""

	start func(*exec.Cmd) error // as in shim.Plan
}

// configurations returns the different ways in which the environment runs go
// build, go test and go vet, and which of these it refuses. If it refuses all,
// the refusal is returned as the error.
func configurations(inv shim.Invocation) (configs []*config, refused []Filled, err error) {
	var build *config
	for _, command := range []string{"build", "test", "vet"} {
		c, fault := newConfig(inv, command)
		if fault != nil {
			refused = append(refused, Filled{Commands: []string{command}, Error: fault.Error(), Failed: []Failure{}})
			err = fault
			continue
		}
		configs = append(configs, c)
		switch {
		case command == "build":
			build = c
		case command == "test" && build != nil && c.covers(build):
			c.commands = []string{"build", "test"}
			configs = slices.DeleteFunc(configs, func(c *config) bool { return c == build })
		}
	}
	if len(configs) > 0 {
		err = nil
	}
	return configs, refused, err
}

// newConfig asks the shim how it would run the command, and makes what that
// needs, such as a merged go.mod. A command that would change modfiles is run
// as one that does not.
func newConfig(inv shim.Invocation, command string) (*config, error) {
	inv.Args = []string{command, "./..."}
	plan, err := gorun.Resolve(inv)
	if err == nil && plan.Writes != nil {
		inv.Args = []string{command, "-mod=readonly", "./..."}
		plan, err = gorun.Resolve(inv)
	}
	if err != nil {
		return nil, err
	}
	for _, step := range plan.Prepare {
		if err := step.Do(); err != nil {
			return nil, err
		}
	}
	c := &config{commands: []string{command}, path: plan.Path, dir: inv.Dir, start: plan.Start}
	env := envset.New(plan.Env)
	goflags, _ := shim.Environ(inv.Self, plan.Env).Effective("GOFLAGS")
	if err := c.setEnv(env, goflags); err != nil {
		return nil, err
	}
	c.setFlags(gocmd.Parse(plan.Args[1:]))
	return c, nil
}

// setEnv takes the variables, without what would open connections or change
// what the commands print. Version control is not asked: only programs have its
// stamp.
func (c *config) setEnv(env *envset.Set, goflags string) error {
	words, err := gocmd.SplitGOFLAGS(goflags)
	if err != nil {
		return &diag.Error{Msg: "GOFLAGS: " + err.Error()}
	}
	kept := []string{}
	for _, word := range words {
		name, value, _ := gocmd.CutFlag(word)
		if name == "toolexec" {
			c.wrapper = value
		}
		if c.keeps(name) {
			kept = append(kept, word)
		}
	}
	value, err := gocmd.JoinGOFLAGS(append(kept, "-buildvcs=false"))
	if err != nil {
		return &diag.Error{Msg: "GOFLAGS: " + err.Error()}
	}
	for _, v := range [][2]string{{"GOFLAGS", value}, {"GOPROXY", "off"}, {"GONOPROXY", "none"}, {"GOVCS", "*:off"}} {
		env.Set(v[0], v[1], diag.Pos{})
	}
	env.SetDebug("cmdgonetlimit=0", diag.Pos{}) // cmd/go/internal/base.NetLimit
	env.Unset("TOOLEXEC_IMPORTPATH", diag.Pos{})
	c.env = env.Environ()
	return nil
}

// setFlags takes the flags of the command line on which the cache depends.
func (c *config) setFlags(cmd *gocmd.Command) {
	words := cmd.Join()
	for _, f := range cmd.Flags {
		if f.Name == "toolexec" {
			c.wrapper = f.Value
		}
		ofVettool := c.verb() == "vet" && f.Kind == gocmd.None
		if c.keeps(f.Name) || ofVettool {
			c.flags = append(c.flags, words[f.Index:f.Index+f.Width]...)
		}
	}
	if cmd.Has("coverprofile") && !cmd.Has("cover") {
		c.flags = append(c.flags, "-cover") // which it implies
	}
}

// keeps reports whether what is compiled or vetted may depend on the flag.
// Flags for what is linked or run, or about what is printed, do not matter. To
// the facts of go vet every flag matters that its tool knows too, even -v
// (cmd/go/internal/vet.toolFlags).
func (c *config) keeps(name string) bool {
	switch name {
	case "a", "buildvcs", "ldflags", "toolexec", "work", "n", "x", "c", "diff", "fix", "json":
		return false
	case "cover", "covermode", "coverpkg", "vet":
		return c.verb() == "test"
	}
	ofVet := c.verb() == "vet" && gocmd.Lookup("vet").Flag(name) != gocmd.None && !strings.HasPrefix(name, "debug-")
	return gocmd.OneMeaning(name) || ofVet
}

// verb returns the command that is run.
func (c *config) verb() string { return c.commands[len(c.commands)-1] }

// covers reports whether c, of go test, compiles all that go build needs.
func (c *config) covers(build *config) bool {
	ofTest := func(flag string) bool {
		name, _, _ := gocmd.CutFlag(flag)
		return name == "vet" || name == "cover" || name == "covermode"
	}
	flags := slices.DeleteFunc(slices.Clone(c.flags), ofTest)
	return slices.Equal(flags, build.flags) && slices.Equal(c.env, build.env) && c.wrapper == build.wrapper
}

// listFlags returns those of the flags that go list takes too.
func (c *config) listFlags() []string {
	cmd := gocmd.Parse(append([]string{c.verb()}, c.flags...))
	return cmd.FlagsFor(gocmd.Lookup("list"), func(string) bool { return true })
}
