package cli

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/userdir"
)

func newRelayCmd(a *App) *cobra.Command {
	var serve bool
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "See and stop the relays that go commands download through",
		Long: `A relay stands on this machine between the go command and the module proxies.
It gives up on a proxy that does not answer, asks again, resumes downloads, goes
on to the next proxy as fallback and routes say, and presents the certificates
of auth. It is started when the setting relay and a command ask for it, listens
at a loopback address, and ends a minute after its last use.`,
		Example: "  goshim relay status\n  goshim relay stop",
		Args:    subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !serve {
				return cmd.Help()
			}
			out, ok := a.Stdout.(*os.File)
			if !ok {
				return usageError(cmd, "--serve needs a standard output of its own")
			}
			if err := relay.Serve(a.Stdin, out); err != nil {
				a.printf("%s\n", diag.Printable(err.Error())) // to who started it
				return &shownError{}
			}
			return nil
		},
	}
	// What starts a relay gives, with the configuration on standard input.
	cmd.Flags().BoolVar(&serve, "serve", false, "be a relay")
	cmd.Flags().Lookup("serve").Hidden = true
	cmd.AddCommand(newRelayStatusCmd(a), newRelayStopCmd(a))
	return cmd
}

func newRelayStatusCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the relays that run, and the proxies that they have asked",
		Long: `Status shows each relay that runs for this user, and the proxies that it has
asked: a breaker is open, and the proxy left alone for half a minute, after some
failures in a row; half-open, one request may try it. The last fault may have
passed. An alert says that a proxy sent something else than go.sum says.`,
		Example: "  goshim relay status --json",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			states, err := a.relayStates(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(states)
			}
			a.printRelays(states)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func newRelayStopCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "Stop the relays that run",
		Long: `Stop ends the relays that run. A go command that is using one asks the
proxies itself from then on.`,
		Example: "  goshim relay stop",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := relay.All(cmd.Context(), userdir.Cache(a.getenv))
			if err != nil {
				return err
			}
			for _, r := range all {
				if err := r.Stop(cmd.Context()); err != nil {
					return err
				}
			}
			a.printf("%s stopped\n", count(len(all), "relay"))
			return nil
		},
	}
}

// relayStates asks the relays of this user.
func (a *App) relayStates(ctx context.Context) ([]*relay.State, error) {
	all, err := relay.All(ctx, userdir.Cache(a.getenv))
	if err != nil {
		return nil, err
	}
	states := []*relay.State{}
	for _, r := range all {
		if state, err := r.State(ctx); err == nil { // else it has just ended
			states = append(states, state)
		}
	}
	return states, nil
}

func (a *App) printRelays(states []*relay.State) {
	if len(states) == 0 {
		a.printf("no relay runs\n")
	}
	for _, s := range states {
		a.printf("relay %d for %s: %s, %s, %s in use\n", s.PID, strings.Join(s.Sources, ", "),
			time.Since(s.Started).Round(time.Second), count(int(s.Requests), "request"), count(s.Leases, "lease"))
		for _, alert := range s.Alerts {
			a.printf("  %s %s\n", alert.Time.Local().Format(time.DateTime), diag.Printable(alert.String()))
		}
		if len(s.Proxies) == 0 {
			continue
		}
		rows := [][]string{{"PROXY", "BREAKER", "REQUESTS", "FAILURES", "RETRIES", "LAST FAULT"}}
		for _, p := range s.Proxies {
			rows = append(rows, []string{
				p.URL, p.Breaker, strconv.FormatInt(p.Requests, 10), strconv.FormatInt(p.Failures, 10),
				strconv.FormatInt(p.Retries, 10), p.Last,
			})
		}
		writeTable(a.Stdout, "  ", rows)
	}
}
