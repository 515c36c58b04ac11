package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

const explainHelp = `Explain prints what the shim would do with a go command, and runs nothing: the
environment and why it is chosen, every departure from the plain call with the
line that asks for it, what is not applied for lack of trust, and the command
in the end. A command that the policy refuses is refused here too, with status
2.

All words behind explain are the go command's; flags of explain's own stand
before them.

With --json, the result is an object:
  refused      the refusal: message, at, hint; then there is nothing else
  environment  name, reason, at; left out if no policy is in force
  departures   list of what, at
  skipped      list of setting, class, at, wayOut
  variables    list of name, old, new: what the real go gets that you have not
  path, args   the real go, and its arguments
  notice       what the shim would say on a terminal
Here at is an object with file, line and column.`

func newExplainCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [--json] [go] COMMAND [ARGUMENTS]",
		Short: "Print what a go command would do here, and why",
		Long:  explainHelp,
		Example: `  goshim explain build ./... -race
  goshim explain --json go test -run=TestX ./shim`,
		DisableFlagParsing:    true,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, args, err := ownFlags(cmd, args)
			switch {
			case err != nil:
				return err
			case args == nil:
				return cmd.Help()
			}
			return a.explain(args, asJSON)
		},
	}
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// ownFlags splits the flags of explain itself from the words of the go
// command. The words are nil if help is asked for.
func ownFlags(cmd *cobra.Command, args []string) (asJSON bool, words []string, err error) {
	for len(args) > 0 && slices.Contains([]string{"--json", "-json"}, args[0]) {
		asJSON, args = true, args[1:]
	}
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		return false, nil, nil
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") && !strings.HasPrefix(args[0], "-C") {
		return false, nil, &diag.Error{Msg: "unknown flag: " + args[0], Hint: diag.DidYouMean(args[0], []string{"--json", "--help"})}
	}
	if len(args) > 0 && args[0] == "go" {
		args = args[1:]
	}
	if len(args) == 0 {
		return false, nil, usageError(cmd, "explain what go command?")
	}
	return asJSON, args, nil
}

func (a *App) explain(args []string, asJSON bool) error {
	inv := shim.Invocation{Args: args, Dir: a.Dir, Env: a.Env, Self: a.shim(), Companion: a.companion()}
	plan, err := shim.Resolve(inv)
	switch {
	case err != nil && asJSON:
		if err := a.printJSON(refusal{problemOf(err)}); err != nil {
			return err
		}
		return &shownError{}
	case err != nil:
		return err
	case asJSON:
		return a.printJSON(a.explanation(inv, plan))
	}
	a.printPlan(inv, plan)
	return nil
}

// A refusal is a command that does not run, as JSON.
type refusal struct {
	Refused *problem `json:"refused"`
}

// An explanation is a plan, as JSON.
type explanation struct {
	Environment *choice     `json:"environment,omitempty"`
	Departures  []departure `json:"departures"`
	Skipped     []skipped   `json:"skipped"`
	Variables   []variable  `json:"variables"`
	Prepare     []string    `json:"prepare"`
	Path        string      `json:"path"`
	Args        []string    `json:"args"`
	Notice      string      `json:"notice,omitempty"`
}

type departure struct {
	What string    `json:"what"`
	At   *position `json:"at,omitempty"`
}

// A variable differs between the caller's environment and the real go's. A
// value is "" where it is unset.
type variable struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func (a *App) explanation(inv shim.Invocation, plan *shim.Plan) explanation {
	e := explanation{
		Departures: []departure{}, Skipped: []skipped{}, Variables: changes(inv.Env, plan.Env),
		Prepare: []string{}, Path: plan.Path, Args: plan.Args[1:], Notice: plan.Notice,
	}
	e.Prepare = append(e.Prepare, plan.Steps()...)
	if p := plan.Policy; p != nil {
		c := choiceOf(p.Choice)
		e.Environment, e.Skipped = &c, a.skipped(p)
	}
	for _, r := range plan.Why {
		e.Departures = append(e.Departures, departure{r.What, at(r.Source)})
	}
	return e
}

// changes returns the variables of which the two environments have different
// values, with secrets masked.
func changes(before, after []string) []variable {
	all := []variable{}
	from, to := envset.New(before), envset.New(after)
	seen := map[string]bool{}
	for _, kv := range slices.Concat(after, before) {
		name, _, ok := strings.Cut(kv, "=")
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		if old, value := from.Get(name), to.Get(name); old != value {
			all = append(all, variable{name, mask(name, old), mask(name, value)})
		}
	}
	return all
}

func (a *App) printPlan(inv shim.Invocation, plan *shim.Plan) {
	switch {
	case plan.Policy == nil:
		a.printf("%s\n", a.whyNoPolicy(plan))
	case plan.Policy.Choice.Env == "":
		a.printf("%s\n", plan.Policy.Choice)
	default:
		a.printf("environment %s\n", describeChoice(plan.Policy.Choice))
	}
	if len(plan.Why) > 0 {
		a.printf("\n")
		writeTable(a.Stdout, "  ", reasonRows(plan.Why))
	}
	if plan.Notice != "" {
		a.printf("\n%s\n", diag.Printable(plan.Notice))
	}
	if plan.Policy != nil {
		a.printSkipped(plan.Policy, "  ")
	}
	steps := plan.Steps()
	if len(steps) > 0 {
		a.printf("\nfirst\n")
	}
	for _, step := range steps {
		a.printf("  %s\n", diag.Printable(step))
	}
	a.printf("\nruns\n")
	a.printf("%s\n", commandLines(changes(inv.Env, plan.Env), plan.Args))
}

// whyNoPolicy says why none applies to the plan.
func (a *App) whyNoPolicy(plan *shim.Plan) string {
	switch {
	case a.getenv("GOSHIM") == "off":
		return "no policy applies: GOSHIM=off"
	case policy.PassedOver(a.Dir, a.getenv) != "":
		return "no policy is in force"
	case plan.Notice != "":
		return "the policy has a fault, which cannot stop this command"
	case len(policy.Sources(a.Dir, a.getenv)) > 0:
		return "no policy concerns this command"
	}
	return "no policy is in force"
}

// reasonRows returns the departures with their positions aligned.
func reasonRows(why []shim.Reason) [][]string {
	var rows [][]string
	for _, r := range why {
		source := r.Source
		if source == (diag.Pos{}) {
			source.File = "goshim"
		}
		rows = append(rows, []string{source.String(), r.What})
	}
	return rows
}

// commandLines returns the command as a person would type it in a shell to
// get the same without the shim: the changed variables, each in a line, and
// the command.
func commandLines(changed []variable, args []string) string {
	var b strings.Builder
	if slices.ContainsFunc(changed, func(v variable) bool { return v.New == "" }) {
		b.WriteString("  env")
		for _, v := range changed {
			if v.New == "" {
				b.WriteString(" -u " + v.Name)
			}
		}
		b.WriteString(" \\\n")
	}
	for _, v := range changed {
		if v.New != "" {
			b.WriteString("  " + v.Name + "=" + shellQuote(diag.Printable(v.New)) + " \\\n")
		}
	}
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = shellQuote(diag.Printable(arg))
	}
	return b.String() + "  " + strings.Join(words, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./\\-]+$`)

// shellQuote returns s as a word of a POSIX shell.
func shellQuote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
