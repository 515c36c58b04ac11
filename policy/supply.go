package policy

import (
	"strconv"

	"github.com/goshim/goshim/internal/diag"
)

// Prewarms reports whether commands that build get their modules into the
// module cache beforehand, all at once.
func (e *Env) Prewarms() bool { return e.Prewarm.IsSet() && e.Prewarm.Value != "off" }

// NeedsRelay reports whether the settings about proxies are such that the go
// command cannot follow them by itself.
func (e *Env) NeedsRelay() bool {
	_, what := e.RelayReason()
	return what != ""
}

// RelayReason returns the first setting that the go command cannot follow
// without the relay, as a line to read, or "".
func (e *Env) RelayReason() (pos diag.Pos, what string) {
	switch {
	case e.Relay.Value == "off":
	case e.Relay.Value == "always":
		return e.Relay.Pos, `relay = "always"`
	case len(e.Routes) > 0:
		return e.Routes[0].Proxies.Pos, "routes"
	case len(e.Auth) > 0:
		return e.Auth[0].Pos, "auth"
	case e.ProxyTimeout.IsSet():
		return e.ProxyTimeout.Pos, "proxy_timeout = " + strconv.Quote(e.ProxyTimeout.Value)
	case e.ProxyRetries.IsSet():
		return e.ProxyRetries.Pos, "proxy_retries = " + strconv.Quote(e.ProxyRetries.Value)
	case e.AsksAfterAnyError():
		return e.Fallback.Pos, "fallback = " + strconv.Quote(e.Fallback.Value)
	}
	return diag.Pos{}, ""
}

// CheckRelay returns the error for settings that nobody would follow, because
// the relay is off.
func (e *Env) CheckRelay() error {
	var what string
	switch {
	case e.Relay.Value != "off":
		return nil
	case len(e.Routes) > 0:
		what = "routes (" + e.Routes[0].Proxies.Pos.String() + ")"
	case len(e.Auth) > 0:
		what = "auth (" + e.Auth[0].Pos.String() + ")"
	default:
		return nil
	}
	return &diag.Error{
		Pos:  e.Relay.Pos,
		Msg:  `relay = "off", but the go command cannot follow ` + what + " without the relay",
		Hint: `write relay = "auto"`,
	}
}

// HasLastResort reports whether the policy says what happens if no proxy
// answers.
func (e *Env) HasLastResort() bool {
	switch e.Fallback.Value {
	case "fail", "quiet", "last-good":
		return true
	}
	return false
}

// RulesModules reports whether there is a rule that a modfile could break:
// replace, prerelease or pseudo.
func (e *Env) RulesModules() bool {
	forbids := func(b Bool) bool { return b.IsSet() && !b.Value }
	return e.Replace.IsSet() && e.Replace.Value != "any" || forbids(e.Prerelease) || forbids(e.Pseudo)
}
