package vendorwhy

import (
	"fmt"
	"strings"

	"github.com/goshim/goshim/internal/pkgscan"
)

// Text returns the answer as a sentence, for a platform.
func (a *Answer) Text(p *pkgscan.Platform) string {
	module := a.Module + " " + a.Version
	if a.Replaced != "" {
		module += ", replaced by " + a.Replaced
	}
	switch a.Reason {
	case Imported:
		return a.there(module) + "imported by a build for " + p.String()
	case ByTest:
		return a.there(module) + "imported only by tests"
	case ByTool:
		return a.there(module) + "imported only by a tool"
	case ElseWhere:
		return a.there(module) + "not in a build for " + p.String() + tags(p) + ", only in others" + a.needs()
	case NotNeeded:
		return a.there(module) + "imported by nothing; vendor/ is out of date"
	case MainModule:
		return a.not() + "it belongs to the main module " + a.Module
	case Standard:
		return a.not() + "it belongs to the standard library"
	case Missing:
		return a.not() + "but imported; vendor/ is out of date"
	case NoModule:
		return a.not() + "nothing imports it, and no module that go.mod lists has it"
	case NoPackage:
		return a.not() + "the module " + module + " has no such package"
	case ByIgnored:
		return a.not() + "it is imported only by a file that no build has" + a.needs()
	case ByDepTest:
		return a.not() + "it is imported only by tests of other modules, which are not vendored"
	case Command:
		return a.not() + "it is a command of " + module + ", and no tool line names it"
	case NotInModules:
		return a.not() + "vendor/ has its directory, but modules.txt does not list it"
	}
	return a.not() + "nothing imports " + a.what() + " of " + module
}

func (a *Answer) there(module string) string {
	if len(a.Packages) > 0 {
		return fmt.Sprintf("%s is in vendor/ with %d of its packages (%s): ", a.Path, len(a.Packages), module)
	}
	return a.Path + " is in vendor/ (" + module + "): "
}

func (a *Answer) not() string { return a.Path + " is not in vendor/: " }

func (a *Answer) what() string {
	if a.Path == a.Module {
		return "a package"
	}
	return "this package"
}

// needs returns what the first file of the chain needs that needs something.
func (a *Answer) needs() string {
	for _, link := range a.Chain {
		if link.Needs != "" {
			return ": " + link.File + " of " + link.Package + " needs " + link.Needs
		}
	}
	return ""
}

func tags(p *pkgscan.Platform) string {
	if len(p.BuildTags) == 0 {
		return ""
	}
	return " with tags " + strings.Join(p.BuildTags, ",")
}

// Hint returns the way out, or "".
func (a *Answer) Hint() string {
	switch {
	case a.IsStale():
		return "goshim vendor sync"
	case a.Reason == Command:
		return "go get -tool " + a.Path
	}
	return ""
}
