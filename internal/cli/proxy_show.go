package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/modroute"
)

const proxyShowHelp = `Show prints where the go command gets modules from in an environment: the
proxies in the order in which they are asked, what leads from one to the next,
the routes by pattern, the patterns that go past the proxies and the checksum
database, and what each answer of a proxy leads to, for the go command as it is
and through the relay. It asks nobody.`

// A proxyShow is the result of proxy show, as JSON.
type proxyShow struct {
	Environment *choice        `json:"environment,omitempty"`
	Proxies     []proxySource  `json:"proxies"`
	Routes      []proxyRoute   `json:"routes"`
	Variables   []goVariable   `json:"variables"`
	Answers     []modroute.Row `json:"answers"`
	Skipped     []skipped      `json:"skipped"`
}

// A proxyRoute is a route, as JSON.
type proxyRoute struct {
	Pattern string        `json:"pattern"`
	At      *position     `json:"at,omitempty"`
	Sources []proxySource `json:"sources"`
}

// A goVariable is a variable of the go command that is not GOPROXY, as JSON.
type goVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	origin
}

func newProxyShowCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Print the proxies and what their answers lead to",
		Long:    proxyShowHelp,
		Example: "  goshim proxy show --env prod",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			s, err := a.supplyOf(env)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(a.proxyShow(s))
			}
			a.printProxies(s)
			return nil
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) proxyShow(s *moduleSupply) proxyShow {
	show := proxyShow{
		Environment: s.environment(), Proxies: s.sources(s.chain.Proxies), Routes: []proxyRoute{},
		Variables: s.variables(), Answers: modroute.Matrix, Skipped: []skipped{},
	}
	for _, r := range s.chain.Routes {
		show.Routes = append(show.Routes, proxyRoute{r.Pattern, at(r.Pos), s.sources(r.Sources)})
	}
	if s.policy != nil {
		show.Skipped = a.skipped(s.policy)
	}
	return show
}

// variables returns the variables that say who is told which module.
func (s *moduleSupply) variables() []goVariable {
	var all []goVariable
	for _, v := range []struct{ name, value string }{
		{"GOPRIVATE", s.chain.Private},
		{"GONOPROXY", s.chain.NoProxy},
		{"GONOSUMDB", s.chain.NoSumdb},
		{"GOINSECURE", s.chain.Insecure},
		{"GOSUMDB", s.chain.Sumdb},
	} {
		all = append(all, goVariable{v.name, mask(v.name, v.value), s.originOf(v.name)})
	}
	return all
}

func (a *App) printProxies(s *moduleSupply) {
	show := a.proxyShow(s)
	a.printEnvironment(s)
	a.printf("\nmodules come from\n")
	writeTable(a.Stdout, "  ", sourceRows(show.Proxies))
	if len(show.Routes) > 0 {
		a.printf("\nbut those that match, the first pattern first, through the relay from\n")
	}
	var rows [][]string
	for _, r := range show.Routes {
		rows = append(rows, sourceRows(r.Sources, r.Pattern)...)
	}
	writeTable(a.Stdout, "  ", rows)
	a.printf("\nwho is told\n")
	rows = nil
	for _, v := range show.Variables {
		value := v.Value
		if value == "" {
			value = "-"
		}
		rows = append(rows, []string{v.Name, value, v.origin.String()})
	}
	writeTable(a.Stdout, "  ", rows)
	a.printf("\nwhat an answer leads to, with the next source after 404 and 410 only, or after any error\n")
	writeTable(a.Stdout, "  ", answerRows())
	a.printf(`
  used   the answer is taken
  next   the next source is asked; after the last, the command fails
  stops  the command fails, and no other source is asked
  again  the proxy is asked a few times more
  hangs  the go command waits for ever
`)
	if len(show.Skipped) > 0 {
		a.printf("\nnot applied\n")
		a.printSkipped(s.policy, "  ")
	}
}

// answerRows returns [modroute.Matrix] as a table.
func answerRows() [][]string {
	rows := [][]string{
		{"", "go", "", "relay", ""},
		{"answer of a proxy", "404 only", "any error", "404 only", "any error"},
	}
	for _, r := range modroute.Matrix {
		rows = append(rows, []string{
			r.Answer, string(r.Go.NotFound), string(r.Go.AnyError), string(r.Relay.NotFound), string(r.Relay.AnyError),
		})
	}
	return rows
}
