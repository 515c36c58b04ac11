package policy

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/constraint"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// check reports what is wrong between the settings of a file, or with their
// values, beyond their types.
func (f *File) check(d *decoder) {
	f.checkNames(d)
	f.checkEnv(d, &f.Common)
	for _, env := range f.Envs {
		f.checkEnv(d, env)
	}
	for _, s := range f.Select {
		for _, pattern := range slices.Concat(s.Branch.Items, s.Tag.Items) {
			if _, err := path.Match(pattern.Value, ""); err != nil || pattern.Value == "" {
				d.errorf(pattern.Pos, "malformed pattern %q", pattern.Value)
			}
		}
	}
	for _, item := range f.Lock.Items {
		f.checkLock(d, item)
	}
	for _, item := range f.Permit.Items {
		if _, err := path.Match(item.Value, ""); err != nil || item.Value == "" {
			d.errorf(item.Pos, "malformed pattern %q", item.Value)
		}
	}
}

// checkNames reports environments that are named but not defined, and cycles.
// The user's and the system's files may name a repository's environments.
func (f *File) checkNames(d *decoder) {
	if d.level == Repository && len(f.Envs) > 0 && !f.Default.IsSet() {
		d.errorf(f.Envs[0].Name.Pos, "no default says which environment holds when nothing else chooses").
			Hint = `write default = "` + f.Envs[0].Name.Value + `" above the first table`
	}
	if d.level == Repository {
		f.checkDefined(d, f.Default)
		for _, s := range f.Select {
			f.checkDefined(d, s.Env)
		}
	}
	for _, env := range f.Envs {
		if env.Inherits.Value != "common" {
			f.checkDefined(d, env.Inherits)
		}
	}
	f.checkCycles(d)
	if f.Common.Inherits.IsSet() {
		d.errorf(f.Common.Inherits.Pos, "[common] cannot inherit: every environment inherits it")
	}
}

func (f *File) checkDefined(d *decoder, s String) {
	if s.IsSet() && f.env(s.Value) == nil {
		names := f.envNames()
		d.errorf(s.Pos, "environment %q is not defined (have %s)", s.Value, listOr(names, "none")).
			Hint = diag.DidYouMean(s.Value, names)
	}
}

// listOr joins the names, or returns what stands for no names.
func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

// env returns the environment with the given name, or nil.
func (f *File) env(name string) *Env {
	for _, e := range f.Envs {
		if e.Name.Value == name {
			return e
		}
	}
	return nil
}

func (f *File) envNames() []string {
	var names []string
	for _, e := range f.Envs {
		names = append(names, e.Name.Value)
	}
	slices.Sort(names)
	return names
}

// checkCycles reports environments that inherit from themselves, once for
// each cycle.
func (f *File) checkCycles(d *decoder) {
	parent := make(map[string]*Env)
	for _, env := range f.Envs {
		parent[env.Name.Value] = f.env(env.Inherits.Value)
	}
	seen := make(map[*Env]int) // by the number of the walk that came by
	for i, start := range f.Envs {
		var chain []string
		env := start
		for ; env != nil && seen[env] == 0; env = parent[env.Name.Value] {
			seen[env] = i + 1
			chain = append(chain, env.Name.Value)
		}
		if env != nil && seen[env] == i+1 {
			chain = append(chain[slices.Index(chain, env.Name.Value):], env.Name.Value)
			d.errorf(env.Inherits.Pos, "environments inherit in a cycle: %s", strings.Join(chain, " → "))
		}
	}
}

// checkLock reports a lock on a setting that does not exist.
func (f *File) checkLock(d *decoder, item String) {
	name := item.Value
	if rest, ok := strings.CutPrefix(name, "env."); ok {
		_, name, _ = strings.Cut(rest, ".")
	}
	key, sub, _ := strings.Cut(name, ".")
	if !slices.Contains(keyNames(), key) || sub != "" && !slices.Contains([]string{"vars", "flags", "routes", "auth", "inject", "constraints"}, key) {
		d.errorf(item.Pos, "lock %q names no setting", item.Value).Hint = diag.DidYouMean(key, keyNames())
	}
}

func (f *File) checkEnv(d *decoder, env *Env) {
	f.checkWords(d, env)
	checkGo(d, env)
	checkRelay(d, env)
	for _, c := range env.Flags {
		checkFlags(d, c)
	}
	for _, v := range env.Vars {
		checkVar(d, v)
	}
	for _, in := range env.Inject {
		checkInject(d, in)
	}
	for _, c := range env.Constraints {
		checkConstraint(d, c)
	}
}

// checkWords checks the settings whose items end up in lists of the go
// command's, where a stray comma or space would change the meaning.
func (f *File) checkWords(d *decoder, env *Env) {
	for _, list := range []List{env.Private, env.NoProxy, env.NoSumdb} {
		for _, item := range list.Items {
			checkPattern(d, item.Pos, item.Value)
		}
	}
	for _, item := range env.InternalHosts.Items {
		checkHost(d, item)
	}
	for _, r := range env.Routes {
		checkPattern(d, r.Proxies.Pos, r.Pattern)
		if len(r.Proxies.Items) == 0 {
			d.errorf(r.Proxies.Pos, "the route of %q names no proxy", r.Pattern).Hint = `write URLs, "direct" or "off"`
		}
		for _, item := range r.Proxies.Items {
			checkProxy(d, item)
		}
	}
	for _, item := range env.Tags.Items {
		if item.Value == "" || strings.ContainsFunc(item.Value, func(r rune) bool { return r != '.' && r != '_' && notInName(r) && r < 0x80 || r == '-' }) {
			d.errorf(item.Pos, "malformed build tag %q", item.Value)
		}
	}
	for _, item := range env.Proxy.Items {
		checkProxy(d, item)
	}
	for _, item := range env.Offline.Items {
		checkOfflineSource(d, item)
	}
}

// checkOfflineSource reports what no module can come from.
func checkOfflineSource(d *decoder, item String) {
	dir, isBundle := strings.CutPrefix(item.Value, Bundle)
	switch {
	case isBundle && !insideRepository(dir):
		d.errorf(item.Pos, "bundle %q is not a directory of the repository", dir).Hint = `write a relative path, such as "bundle:third_party/modules"`
	case !isBundle && item.Value != "vendor" && item.Value != "modcache":
		e := d.errorf(item.Pos, "offline source %q is not one of vendor, modcache, bundle:PATH", item.Value)
		e.Hint = diag.DidYouMean(item.Value, []string{"vendor", "modcache"})
	}
}

// checkProxy applies the rules of cmd/go/internal/modfetch.proxyList.
func checkProxy(d *decoder, item String) {
	url := item.Value
	scheme, _, hasScheme := strings.Cut(url, "://")
	switch {
	case url == "direct" || url == "off":
	case strings.ContainsAny(url, ",|"):
		d.errorf(item.Pos, "proxy %q holds a separator", url).Hint = "one proxy an item; fallback chooses between comma and pipe"
	case strings.ContainsAny(url, " \t'\""):
		d.errorf(item.Pos, "malformed proxy URL %q", url)
	case !hasScheme && (!strings.Contains(url, ".") || strings.HasPrefix(url, "/")):
		d.errorf(item.Pos, "proxy %q has no scheme", url).Hint = `write https://…, file://…, "direct" or "off"`
	case hasScheme && scheme != "https" && scheme != "http" && scheme != "file":
		d.errorf(item.Pos, "proxy %q: the scheme must be https, http or file", url)
	}
}

// checkRelay checks how proxies are asked.
func checkRelay(d *decoder, env *Env) {
	if s := env.ProxyTimeout; s.IsSet() && !isTimeout(s.Value) {
		d.errorf(s.Pos, "proxy_timeout = %q is not a time between 100ms and 10m", s.Value).Hint = `write a number and ms, s or m, such as "10s"`
	}
	if s := env.ProxyRetries; s.IsSet() {
		if n, err := strconv.Atoi(s.Value); err != nil || n < 0 || n > 20 {
			d.errorf(s.Pos, "proxy_retries = %s is not a number from 0 to 20", s.Value)
		}
	}
}

// isTimeout reports whether s is a time from 100 ms to 10 min that
// [time.ParseDuration] reads, which the shim does not link.
func isTimeout(s string) bool {
	number, unit := strings.TrimRight(s, "ms"), 0
	switch s[len(number):] {
	case "ms":
		unit = 1
	case "s":
		unit = 1000
	case "m":
		unit = 60_000
	}
	n, err := strconv.ParseUint(number, 10, 31)
	return err == nil && int(n)*unit >= 100 && int(n)*unit <= 600_000
}

// checkGo checks the settings that name a thing of the go command's own.
func checkGo(d *decoder, env *Env) {
	if s := env.Toolchain; s.IsSet() {
		base, suffix, plus := strings.Cut(s.Value, "+")
		switch {
		case s.Value == "local" || s.Value == "auto" || s.Value == "path":
		case !isToolchain(base) || plus && suffix != "auto" && suffix != "path":
			d.errorf(s.Pos, "malformed toolchain %q", s.Value).Hint = `write "go1.26.8", "go1.26.8+auto", "local", "auto" or "path"`
		}
	}
	if s := env.Sumdb; s.IsSet() {
		checkSumdb(d, s.Pos, s.Value)
	}
	for _, s := range env.Modfile {
		if !insideRepository(s.Value) || !strings.HasSuffix(s.Value, ".mod") {
			d.errorf(s.Pos, "modfile %q is not a .mod file of the repository", s.Value).Hint = `write a relative path, such as "go.dev.mod"`
		}
	}
	if s := env.Workspace; s.IsSet() && s.Value != "off" && s.Value != "auto" {
		if !insideRepository(s.Value) || !strings.HasSuffix(s.Value, ".work") {
			d.errorf(s.Pos, "workspace %q is not a .work file of the repository", s.Value).Hint = `write "off", "auto" or a relative path`
		}
	}
}

// isToolchain reports whether s is a name such as go1.26.8 or go1.27rc1-corp
// (cmd/go/internal/gover.FromToolchain).
func isToolchain(s string) bool {
	v, ok := strings.CutPrefix(s, "go")
	if !ok || strings.ContainsAny(s, `/\ `) {
		return false
	}
	v, _, _ = strings.Cut(v, "-")
	for _, pre := range []string{"rc", "beta"} {
		if i := strings.Index(v, pre); i > 0 {
			return semver.IsValid("v" + v[:i] + ".0-" + v[i:])
		}
	}
	return semver.IsValid("v" + v)
}

// checkFlags reports flags that the command does not have, and those that a
// policy cannot give.
func checkFlags(d *decoder, c CommandFlags) {
	spec := gocmd.Lookup(c.Command)
	if spec == nil {
		d.errorf(c.Flags.Pos, "flags for an unknown go command %q", c.Command).Hint = diag.DidYouMean(c.Command, commandNames())
		return
	}
	for _, item := range c.Flags.Items {
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(item.Value, "-"), "-"), "=")
		kind := spec.Flag(name)
		switch {
		case !strings.HasPrefix(item.Value, "-") || name == "":
			d.errorf(item.Pos, "%q is not a flag", item.Value).Hint = "a flag and its value are one item: -name=value"
		case name == "C" || name == "modfile":
			d.errorf(item.Pos, "a policy cannot give -%s", name)
		case name == "mod":
			d.errorf(item.Pos, "-mod is not for flags").Hint = "the key mod gives it to the commands that can take it"
		case kind == gocmd.None:
			d.errorf(item.Pos, "go %s has no flag -%s", c.Command, name)
		case kind == gocmd.Bool && hasValue && !gocmd.ValidBool(name, value):
			d.errorf(item.Pos, "flag -%s cannot be %q", name, value).Hint = "write -" + name + " or -" + name + "=false"
		case kind == gocmd.Value && !hasValue:
			d.errorf(item.Pos, "flag -%s needs a value", name).Hint = "a flag and its value are one item: -" + name + "=value"
		case strings.Contains(value, "\x00"):
			d.errorf(item.Pos, "flag -%s contains a NUL byte", name)
		}
	}
}

func checkVar(d *decoder, v Var) {
	switch {
	case v.Name == "GOFLAGS" && v.Op != Unset:
		checkGOFLAGS(d, v)
	case v.Op == Append && envset.Separator(v.Name) == "":
		d.errorf(v.Pos, "%s is not known to be a list that can be appended to", v.Name)
	case v.Op == Unset:
	case v.Name == "GOSUMDB":
		checkSumdb(d, v.Pos, v.Value)
	case slices.Contains(patternVars, v.Name):
		checkPatternVar(d, v)
	}
}

// checkGOFLAGS reports words that the go command refuses, and flags that mean
// different things in different commands: -u in GOFLAGS makes `go env X`
// delete X.
func checkGOFLAGS(d *decoder, v Var) {
	words, err := gocmd.SplitGOFLAGS(v.Value)
	if err != nil {
		d.errorf(v.Pos, "GOFLAGS: %v", err)
		return
	}
	for _, w := range words {
		name, _, _ := gocmd.CutFlag(w)
		switch err := gocmd.CheckGOFLAGS(w); {
		case err != nil:
			d.errorf(v.Pos, "GOFLAGS: %v", err)
		case name == "mod" || name == "modfile":
			d.errorf(v.Pos, "GOFLAGS: -%s breaks the commands that cannot take it", name).
				Hint = `the key mod gives -mod to the commands that can`
		case unsafeEverywhere(name):
			d.errorf(v.Pos, "GOFLAGS: -%s means different things in different commands", name).
				Hint = "name the command: [env.NAME.flags]"
		}
	}
}

// unsafeEverywhere reports whether a flag that every command sees does harm in
// one: deletes settings, changes outputs, or makes commands do nothing.
func unsafeEverywhere(name string) bool {
	switch name {
	case "u", "w", "o", "json", "n", "m", "c", "tool", "f", "i":
		return true
	}
	return false
}

// checkConstraint reports a constraint that cannot be read, and one that no
// version of the module can satisfy.
func checkConstraint(d *decoder, c Entry) {
	parsed, err := constraint.Parse(c.Value)
	if err == nil {
		err = parsed.CheckPath(c.Name)
	}
	if err != nil {
		e := err.(*diag.Error)
		e.Pos = c.Pos
		d.errs = append(d.errs, e)
	}
}

// isIdentifier reports whether s is a name in a Go program.
func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != "" && s != "_"
}

// isImportPath reports whether s may be the import path of a package. It is more
// generous than golang.org/x/mod/module, which would be a tenth of the shim.
func isImportPath(s string) bool {
	for elem := range strings.SplitSeq(s, "/") {
		strange := func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._~+", r)
		}
		if elem == "" || elem == "." || elem == ".." || elem[0] == '-' || strings.ContainsFunc(elem, strange) {
			return false
		}
	}
	return true
}

// checkInject reports names that the linker would not find and placeholders
// that do not exist: the linker itself is silent about both.
func checkInject(d *decoder, in Entry) {
	pkg, name := in.Name, ""
	if i := strings.LastIndex(in.Name, "."); i >= 0 {
		pkg, name = in.Name[:i], in.Name[i+1:]
	}
	if !isImportPath(pkg) || !isIdentifier(name) { // the linker reads arguments from @file
		d.errorf(in.Pos, "malformed variable %q", in.Name).Hint = `write import/path.name, such as "main.version"`
	}
	for rest := in.Value; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return
		}
		fact, tail, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(Facts, fact) {
			d.errorf(in.Pos, "inject.%s: {%s} is not one of {%s}", in.Name, fact, strings.Join(Facts, "}, {")).
				Hint = diag.DidYouMean(fact, Facts)
			return
		}
		rest = tail
	}
}
