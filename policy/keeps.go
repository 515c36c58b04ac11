package policy

import (
	"slices"
	"strings"
)

// This file has the rules of those rows of [Keys] that no variable and no flag
// tells about.

// Bundle begins an item of offline_sources that names a directory.
const Bundle = "bundle:"

// keepsSame returns the rule of a key of which no value is narrower than another.
func keepsSame(field func(*Env) any) func(above, below *effect) bool {
	return func(above, below *effect) bool {
		switch a := field(above.Env).(type) {
		case *List:
			return keepsList(*a, *field(below.Env).(*List))
		case *[]Route:
			return slices.EqualFunc(*a, *field(below.Env).(*[]Route), func(a, b Route) bool {
				return a.Pattern == b.Pattern && keepsList(a.Proxies, b.Proxies)
			})
		}
		return keepsEntries(field)(above, below) && len(*field(above.Env).(*[]Entry)) == len(*field(below.Env).(*[]Entry))
	}
}

func keepsList(a, b List) bool {
	return a.IsSet() == b.IsSet() && slices.Equal(a.Strings(), b.Strings())
}

// keepsEntries returns the rule of a table whose lines may be added to.
func keepsEntries(field func(*Env) any) func(above, below *effect) bool {
	return func(above, below *effect) bool {
		a, b := *field(above.Env).(*[]Entry), *field(below.Env).(*[]Entry)
		for _, e := range a {
			if !slices.ContainsFunc(b, func(o Entry) bool { return o.Name == e.Name && o.Value == e.Value }) {
				return false
			}
		}
		return true
	}
}

// keepsMod is about an upper "auto", which gives no flag.
func keepsMod(above, below *effect) bool {
	return above.Mod.Value != "auto" || below.Mod.Value != "mod"
}

// keepsFallback allows what asks fewer proxies, and fails sooner.
func keepsFallback(above, below *effect) bool {
	return above.Fallback.Value == below.Fallback.Value || below.Fallback.Value == "not-found"
}

// keepsOffline allows fewer sources than above. Without any there, vendor/ and the
// module cache could be used anyway.
func keepsOffline(above, below *effect) bool {
	for _, item := range below.Offline.Items {
		if slices.Contains(above.Offline.Strings(), item.Value) {
			continue
		}
		if above.Offline.IsSet() || strings.HasPrefix(item.Value, Bundle) {
			return false
		}
	}
	return true
}

// keepsRelay allows more of the relay, but none where it was switched off, and no
// less of it where a setting above needs it.
func keepsRelay(above, below *effect) bool {
	switch a, b := above.Relay.Value, below.Relay.Value; {
	case a == b:
		return true
	case a == "":
		return b != "off" || !above.NeedsRelay()
	default:
		return a == "auto" && b == "always"
	}
}

// keepsPatience returns the rule of how long, and how often, a proxy is asked. Less
// of it makes a proxy fail, after which a stranger may be asked; so nothing changes
// where there is a next one after a failure, or where anybody set it.
func keepsPatience(field func(*Env) any) func(above, below *effect) bool {
	return func(above, below *effect) bool {
		a, b := field(above.Env).(*String), field(below.Env).(*String)
		return a.Value == b.Value || !a.IsSet() && !below.AsksAfterAnyError() && !strings.Contains(below.value("GOPROXY"), "|")
	}
}

// keepsPrewarm allows less of it, and any where nothing is said above.
func keepsPrewarm(above, below *effect) bool {
	a, b := above.Prewarm, below.Prewarm
	return a.Value == b.Value || !a.IsSet() || b.Value == "off"
}

// keepsLog forbids that a repository hides what is not applied for want of trust.
func keepsLog(above, below *effect) bool {
	a, b := above.Log, below.Log
	return a.Value == b.Value || !a.IsSet() && b.Value != "error"
}
