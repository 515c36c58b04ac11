package policy

import (
	"path"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// patternVars are the variables that hold patterns of module paths, with commas.
var patternVars = []string{"GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE"}

// checkPattern reports a pattern of module paths that matches none.
func checkPattern(d *decoder, pos diag.Pos, pattern string) {
	if strings.ContainsAny(pattern, ",") {
		d.errorf(pos, "malformed module pattern %q", pattern).Hint = "one pattern an item, such as corp.example.com/*"
		return
	}
	if msg, hint := PatternFault(pattern); msg != "" {
		d.errorf(pos, "%s", msg).Hint = hint
	}
}

// checkPatternVar does that for the items of a variable's value.
func checkPatternVar(d *decoder, v Var) {
	for item := range strings.SplitSeq(v.Value, ",") {
		if msg, hint := PatternFault(item); msg != "" && item != "" {
			d.errorf(v.Pos, "%s: %s", v.Name, msg).Hint = hint
		}
	}
}

// checkHost reports an item of internal_hosts that is not the name of a host.
func checkHost(d *decoder, item String) {
	host, _, _ := strings.Cut(modulePattern(item.Value), "/")
	if host == item.Value && host != "" && !strings.ContainsAny(host, `*?[\ `) {
		return
	}
	e := d.errorf(item.Pos, "internal host %q is not the name of a host", item.Value)
	e.Hint = "write git.corp.example.com, or corp.example.com for all hosts below it too"
	if host = strings.TrimPrefix(host, "*."); host != "" && !strings.ContainsAny(host, `*?[\ `) {
		e.Hint = "write " + strconv.Quote(host) + ": hosts below it count too"
	}
}

// InternalHost returns the item of internal_hosts that has the host of a module
// path: the host itself, or the end of its name.
func InternalHost(hosts []string, module string) (item string, ok bool) {
	host, _, _ := strings.Cut(module, "/")
	for _, item := range hosts {
		if host == item || strings.HasSuffix(host, "."+item) {
			return item, true
		}
	}
	return "", false
}

// PatternFault returns why a pattern, as one item of GOPRIVATE, matches no module
// path whatever it is, or "", and a line with what was probably meant. A module
// path is not a URL: it has neither scheme, user nor port, and its host is in
// lower case (golang.org/x/mod/module.CheckPath); nor is a pattern one of
// packages, with three dots.
func PatternFault(pattern string) (msg, hint string) {
	malformed := "malformed module pattern " + strconv.Quote(pattern)
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" || strings.ContainsAny(pattern, ", \t'\"") {
		return malformed, "one pattern an item, such as corp.example.com/*"
	}
	right := modulePattern(pattern)
	if right == strings.TrimSuffix(pattern, "/") {
		return "", ""
	}
	msg = "module pattern " + strconv.Quote(pattern) + " matches no module path"
	if _, err := path.Match(right, ""); err != nil || right == "" {
		return malformed, "one pattern an item, such as corp.example.com/*"
	}
	return msg, "write " + strconv.Quote(right) + ", which matches all modules below it too"
}

// modulePattern returns the pattern of module paths that the text is probably
// meant to be: of a URL or a pattern of packages, what of it is a path.
func modulePattern(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	text = strings.TrimLeft(text, "/")
	text, _, _ = strings.Cut(text, "...")
	host, rest, hasPath := strings.Cut(text, "/")
	if _, after, ok := strings.Cut(host, "@"); ok { // git@host:team/repository
		host = after
	}
	if before, after, ok := strings.Cut(host, ":"); ok {
		host = before
		if strings.Trim(after, "0123456789") != "" {
			rest, hasPath = after+"/"+rest, true
		}
	}
	if !strings.ContainsAny(host, `[\`) {
		host = strings.ToLower(host)
	}
	if hasPath {
		host += "/" + rest
	}
	host, _, _ = strings.Cut(host, "@")
	return strings.TrimRight(host, "/")
}
