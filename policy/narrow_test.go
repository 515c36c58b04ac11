package policy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gocmd"
)

// TestUntrustedNarrows lays random untrusted repositories over random policies
// above them, for callers with random settings of their own, and wants everything
// that is in force then to be what it is without the repository, or narrower. What
// narrower means is said here by what the go command does with a value, and not by
// the rules that are tested.
func TestUntrustedNarrows(t *testing.T) {
	applied, files := 0, goEnvs(t)
	for seed := range uint64(10_000) {
		c := newCase(seed)
		caller := func() *envset.Set {
			set := envset.New(c.environ)
			set.UseUserFile(files[seed%100])
			return set
		}
		upper, repo := parse(t, User, c.upper), parse(t, Repository, c.repo)
		p := &Policy{Repo: repo, User: upper, Choice: Choice{Env: "dev"}}
		settings := repo.Resolve("dev")
		above := viewOf(stack("dev", upper.Resolve("dev"), Env{}, upper.locks()), caller())
		if err := p.settle(&settings, caller()); err != nil {
			t.Fatal(err)
		}
		below := viewOf(p.Env, caller())
		if what := below.wider(above); what != "" {
			t.Errorf("seed %d: %s\nuser's policy:\n%s\nrepository:\n%s\nenvironment: %v\ngo/env file: %d",
				seed, what, c.upper, c.repo, c.environ, seed%100)
			if seed > 100 {
				t.FailNow()
			}
		}
		if len(p.Skipped) == 0 {
			applied++
		}
	}
	if applied < 500 {
		t.Errorf("of 10000 repositories %d are applied as a whole: the test sees too few", applied)
	}
}

// A randomCase is a policy above, a repository below, and a caller.
type randomCase struct {
	upper, repo string
	environ     []string
}

func newCase(seed uint64) randomCase {
	r := rand.New(rand.NewPCG(seed, 1))
	var c randomCase
	c.environ = someVars(r)
	c.upper, c.repo = randomTable(r, "", 3+r.IntN(4)), randomTable(r, "default = \"dev\"\n", 1+r.IntN(5))
	if r.IntN(4) == 0 {
		c.upper = fmt.Sprintf("lock = [%q]\n", []string{"proxy", "vars.GOFLAGS", "mod", "flags.build", "vars"}[r.IntN(5)]) + c.upper
	}
	return c
}

// goEnvs returns go/env files with random settings.
func goEnvs(t *testing.T) (all []*envset.File) {
	dir := t.TempDir()
	for seed := range uint64(100) {
		file := filepath.Join(dir, fmt.Sprint(seed))
		lines := append([]string{"GOPROXY=https://proxy.example.com,direct", "GOSUMDB=sum.golang.org", "GOTOOLCHAIN=auto"}, someVars(rand.New(rand.NewPCG(seed, 2)))...)
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
			t.Fatal(err)
		}
		all = append(all, envset.NewFile(file))
	}
	return all
}

func someVars(r *rand.Rand) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(randomVars)) {
		values := randomVars[name]
		if r.IntN(12) == 0 && name != "CC" {
			all = append(all, name+"="+values[r.IntN(len(values))])
		}
	}
	return all
}

var randomVars = map[string][]string{
	"GOPROXY":     {"https://a.example.com", "https://a.example.com,https://b.example.com", "https://a.example.com|direct", "off", "direct", "https://evil.example.com", "https://a.example.com,off"},
	"GOPRIVATE":   {"corp.example.com", "corp.example.com,x.example.com", "*"},
	"GONOPROXY":   {"corp.example.com", "none", "x.example.com"},
	"GONOSUMDB":   {"corp.example.com", "none", "*"},
	"GOSUMDB":     {"off", "sum.golang.org", "sum.example.com+2f3b05e1+ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8B"},
	"GOVCS":       {"*:off", "*:all", "public:git,private:all", "corp.example.com:off", "evil.example.com:svn"},
	"GOINSECURE":  {"corp.example.com", "*", "x.example.com"},
	"GOFLAGS":     {"-v", "-trimpath", "-trimpath=false", "-tags=x", "-mod=vendor", "-mod=mod", "-race -v"},
	"GOTOOLCHAIN": {"local", "auto", "path", "go1.26.0", "go1.26.0+auto"},
	"CGO_ENABLED": {"0", "1"},
	"GO111MODULE": {"on", "auto", "off"},
	"GOOS":        {"linux", "plan9"},
	"GOGC":        {"50", "off"},
	"GOCACHE":     {"/tmp/a", "/tmp/b"},
	"CC":          {"gcc", "evil"},
}

var randomKeys = []string{
	`proxy = []`, `proxy = ["https://a.example.com"]`, `proxy = ["https://a.example.com", "https://b.example.com"]`, `proxy = ["off"]`, `proxy = ["direct"]`, `proxy = { force = ["https://b.example.com"] }`,
	`fallback = "any-error"`, `fallback = "not-found"`, `fallback = "quiet"`,
	`offline_sources = ["vendor"]`, `offline_sources = ["modcache", "bundle:x"]`,
	`private = ["corp.example.com"]`, `private = ["x.example.com"]`, `private = []`, `private = { force = ["x.example.com"] }`,
	`no_proxy = []`, `no_proxy = ["x.example.com"]`, `no_sumdb = []`, `no_sumdb = ["corp.example.com"]`,
	`sumdb = "off"`, `sumdb = "sum.golang.org"`,
	`toolchain = "local"`, `toolchain = "go1.26.0"`, `toolchain = "auto"`, `toolchain = { force = "local" }`,
	`mod = "mod"`, `mod = "vendor"`, `mod = "readonly"`, `mod = "auto"`, `mod = { force = "mod" }`,
	`relay = "off"`, `relay = "always"`, `relay = "auto"`,
	`proxy_timeout = "100ms"`, `proxy_timeout = "10m"`, `proxy_retries = 0`, `proxy_retries = 20`,
	`network = "allow"`, `network = "proxy-only"`, `network = "deny"`,
	`prewarm = "off"`, `prewarm = "foreground"`, `nested = "direct"`, `nested = "capture"`,
	`log = "error"`, `log = "debug"`, `log = "warn"`, `protected = false`, `protected = true`,
	`replace = "any"`, `replace = "none"`, `prerelease = true`, `prerelease = false`,
	`deny = ["get"]`, `allow = ["build", "get"]`, `verify = ["gosum"]`, `tags = ["r"]`, `tags = []`, `workspace = "off"`, `workspace = "auto"`, `workspace = "x.work"`,
	`inject."main.v" = "1"`, `inject."main.v" = "2"`, `inject."main.w" = "1"`, `constraints."example.com/a" = "^1"`, `constraints."example.com/a" = "^1.2"`,
	`routes."corp.example.com" = ["direct"]`, `routes."corp.example.com" = ["https://a.example.com"]`, `routes."*" = ["direct"]`,
	`auth."a.example.com".ca = "/etc/ca.pem"`, `auth."a.example.com".ca = "/evil.pem"`,
	`flags.build = []`, `flags.build = ["-trimpath"]`, `flags.build = ["-trimpath=false", "-race"]`, `flags.build = ["-ldflags=-X main.v=1"]`, `flags.build = ["-toolexec=evil"]`,
	`flags.test = ["-v"]`, `flags.test = ["-json"]`, `flags.env = ["-json"]`,
}

// randomTable returns a [common] or [env.dev] with n settings.
func randomTable(r *rand.Rand, top string, n int) string {
	text := top + "[env.dev]\n"
	var have []string
	for range n {
		line := randomKeys[r.IntN(len(randomKeys))]
		if r.IntN(2) == 0 {
			names := slices.Sorted(maps.Keys(randomVars))
			name := names[r.IntN(len(names))]
			value := randomVars[name][r.IntN(len(randomVars[name]))]
			if name == "GOFLAGS" && strings.Contains(value, "-mod") {
				continue // not for a policy's vars
			}
			ops := []string{"%q", "{ force = %q }", "{ default = %q }"}
			if envset.Separator(name) != "" {
				ops = append(ops, "{ append = %q }")
			}
			if line = "vars." + name + " = { unset = true }"; r.IntN(6) > 0 {
				line = "vars." + name + " = " + fmt.Sprintf(ops[r.IntN(len(ops))], value)
			}
		}
		key, _, _ := strings.Cut(line, " ")
		if !slices.Contains(have, key) {
			have = append(have, key)
			text += line + "\n"
		}
	}
	return text
}

// A view is what is in force: settings, and the variables that they come to.
type view struct {
	Env
	set      *envset.Set
	exported []string // the words of GOFLAGS
	err      error
}

func viewOf(env Env, caller *envset.Set) view {
	v := view{Env: env, set: caller}
	v.exported, _ = gocmd.SplitGOFLAGS(caller.Get("GOFLAGS"))
	s := Setter{Env: &v.Env, Set: caller, Work: env.Workspace.Value}
	v.err = s.Variables()
	s.Key("GOTOOLCHAIN", env.Toolchain, env.Toolchain.Value)
	return v
}

func (v *view) value(name string) string {
	value, _ := v.set.Effective(name)
	return strings.TrimSpace(value)
}

// wider returns what is wider in v than above, or "".
func (v *view) wider(above view) string {
	if v.err != nil || v.set.Conflict() != nil {
		return "" // the command is refused
	}
	for _, c := range []struct {
		what   string
		narrow bool
	}{
		{"GOPROXY", asksFewer(above.value("GOPROXY"), v.value("GOPROXY"))},
		{"GONOPROXY", slices.Equal(above.matches("GONOPROXY", "GOPRIVATE"), v.matches("GONOPROXY", "GOPRIVATE"))},
		{"GONOSUMDB", slices.Equal(above.matches("GONOSUMDB", "GOPRIVATE"), v.matches("GONOSUMDB", "GOPRIVATE"))},
		{"GOPRIVATE", slices.Equal(above.matches("GOPRIVATE", ""), v.matches("GOPRIVATE", ""))},
		{"GOSUMDB", above.value("GOSUMDB") == v.value("GOSUMDB")},
		{"GOINSECURE", isSubset(v.matches("GOINSECURE", ""), above.matches("GOINSECURE", ""))},
		{"GOVCS", isSubset(v.allowedVCS(), above.allowedVCS())},
		{"GOTOOLCHAIN", isSubset(toolchains(v.value("GOTOOLCHAIN")), toolchains(above.value("GOTOOLCHAIN")))},
		{"GOWORK", above.value("GOWORK") == "" || above.value("GOWORK") == v.value("GOWORK") || above.value("GOWORK") == "auto" && v.value("GOWORK") == "off"},
		{"network", slices.Index([]string{"", "allow", "proxy-only", "deny"}, above.Network.Value) <= slices.Index([]string{"", "allow", "proxy-only", "deny"}, v.Network.Value)},
		{"nested", above.Nested.Value != "capture" || v.Nested.Value == "capture"},
		{"protected", !above.Protected.Value || v.Protected.Value},
		{"replace", above.Replace.Value != "none" || v.Replace.Value == "none"},
		{"prerelease", !above.Prerelease.IsSet() || above.Prerelease.Value || !v.Prerelease.Value},
		{"deny", len(v.Deny.Rules) >= len(above.Deny.Rules)},
		{"allow", len(v.Allow) >= len(above.Allow)},
		{"verify", isSubset(above.Verify.Strings(), v.Verify.Strings())},
		{"relay", (!above.NeedsRelay() || v.Relay.Value != "off") && (above.Relay.Value != "always" || v.Relay.Value == "always")},
		{"relay, which was off", above.Relay.Value != "off" || v.Relay.Value == "off"},
		{"routes", fmt.Sprint(entriesOf(above.Env)) == fmt.Sprint(entriesOf(v.Env))},
		{"fallback", !v.AsksAfterAnyError() || above.Fallback.Value == v.Fallback.Value},
		{"patience", v.ProxyTimeout.Value == above.ProxyTimeout.Value || !above.ProxyTimeout.IsSet() && !v.AsksAfterAnyError()},
		{"retries", v.ProxyRetries.Value == above.ProxyRetries.Value || !above.ProxyRetries.IsSet() && !v.AsksAfterAnyError()},
		{"bundle", !slices.Contains(v.Offline.Strings(), "bundle:x") || slices.Contains(above.Offline.Strings(), "bundle:x")},
		{"log", v.Log.Value != "error" || above.Log.Value == "error"},
		{"inject", keepsTable(above.Inject, v.Inject)},
		{"constraints", keepsTable(above.Constraints, v.Constraints)},
	} {
		if !c.narrow {
			return c.what
		}
	}
	for _, name := range []string{"CGO_ENABLED", "GO111MODULE", "GOOS", "GOGC", "GOCACHE", "CC"} {
		a, b := above.value(name), v.value(name)
		harmless := name == "GOOS" || name == "GOGC" || name == "CGO_ENABLED" && b == "0" || name == "GO111MODULE" && b == "on"
		if a != b && (a != "" || !harmless) && (name != "GO111MODULE" || a != "auto" || b != "on") {
			return name
		}
	}
	for _, command := range []string{"build", "test", "env", "vet"} {
		if what := widerFlags(above.flags(command), v.flags(command)); what != "" {
			return "go " + command + ": " + what
		}
	}
	return ""
}

// entriesOf returns what nothing may be added to or taken from.
func entriesOf(e Env) (all []string) {
	for _, r := range e.Routes {
		all = append(all, r.Pattern+"="+strings.Join(r.Proxies.Strings(), ","))
	}
	for _, a := range e.Auth {
		all = append(all, a.Name+"="+a.Value)
	}
	return all
}

func keepsTable(above, below []Entry) bool {
	for _, a := range above {
		if !slices.ContainsFunc(below, func(b Entry) bool { return a.Name == b.Name && a.Value == b.Value }) {
			return false
		}
	}
	return true
}

// asksFewer reports whether, whatever the proxies say, b leads to nobody but the
// first of those that a leads to.
func asksFewer(a, b string) bool {
	for outcomes := range 81 { // what four proxies say: not found, an error, or the module
		above, below := asked(a, outcomes), asked(b, outcomes)
		if len(below) > len(above) || !slices.Equal(above[:len(below)], below) {
			return false
		}
	}
	return true
}

// asked returns who is asked, in their order, as cmd/go/internal/modfetch does it.
func asked(list string, outcomes int) (all []string) {
	for {
		i := strings.IndexAny(list, ",|")
		item := list
		if i >= 0 {
			item = list[:i]
		}
		if item == "off" || item == "" {
			return all
		}
		all = append(all, item)
		n := slices.Index([]string{"https://a.example.com", "https://b.example.com", "https://evil.example.com", "https://proxy.example.com"}, item)
		if n < 0 || i < 0 { // direct
			return all
		}
		says := outcomes / []int{1, 3, 9, 27}[n] % 3
		if says == 2 || says == 1 && list[i] == ',' {
			return all
		}
		list = list[i+1:]
	}
}

var samplePaths = []string{"corp.example.com/a", "x.example.com/b", "evil.example.com/c", "github.com/d/e"}

// matches returns the sample paths that the patterns of a variable match, which is
// the other one where it is not set.
func (v *view) matches(name, other string) (all []string) {
	patterns := v.value(name)
	if patterns == "" && other != "" {
		patterns = v.value(other)
	}
	for _, path := range samplePaths {
		if patterns != "none" && module.MatchPrefixPatterns(patterns, path) {
			all = append(all, path)
		}
	}
	return all
}

// allowedVCS returns which version control systems may be used for the sample paths
// (cmd/go/internal/vcs.govcsConfig.allow).
func (v *view) allowedVCS() (all []string) {
	private := v.matches("GOPRIVATE", "")
	for _, path := range samplePaths {
		kind := "public"
		if slices.Contains(private, path) {
			kind = "private"
		}
		for _, vcs := range []string{"git", "hg", "svn"} {
			for rule := range strings.SplitSeq(v.value("GOVCS")+",private:all,public:git|hg", ",") {
				pattern, list, _ := strings.Cut(rule, ":")
				if pattern != "*" && pattern != kind && (pattern == "" || !module.MatchPrefixPatterns(pattern, path)) {
					continue
				}
				if list == "all" || slices.Contains(strings.Split(list, "|"), vcs) {
					all = append(all, path+" "+vcs)
				}
				break
			}
		}
	}
	return all
}

// toolchains returns which toolchains may run.
func toolchains(setting string) []string {
	name, suffix, _ := strings.Cut(setting, "+")
	switch {
	case setting == "auto" || setting == "":
		return []string{"local", "path", "download"}
	case setting == "path":
		return []string{"local", "path"}
	case suffix == "auto":
		return []string{name, "path", "download"}
	}
	return []string{name}
}

// flags returns the flags that the command gets beside those typed, the value that
// counts for each: what the caller exports counts more than what a policy adds.
func (v *view) flags(command string) map[string]string {
	flags := make(map[string]string)
	var yields []string
	add := func(words []string) {
		for _, w := range words {
			name, value, hasValue := gocmd.CutFlag(w)
			if _, typed := gocmd.LastFlag(yields, name); typed && name != "tags" && name != "ldflags" {
				continue
			}
			if !hasValue {
				value = "true"
			}
			if name == "tags" || name == "ldflags" {
				value = strings.TrimPrefix(flags[name]+","+value, ",")
			}
			flags[name] = value
		}
	}
	goflags, _ := gocmd.SplitGOFLAGS(v.value("GOFLAGS"))
	add(goflags)
	yields = v.exported
	add([]string{"-tags=" + strings.Join(v.Tags.Strings(), ",")})
	if m := v.Mod.Value; m != "" && m != "auto" && command != "env" {
		add([]string{"-mod=" + m})
	}
	for _, c := range v.Flags {
		if c.Command == command {
			add(c.Flags.Strings())
		}
	}
	return flags
}

func widerFlags(above, below map[string]string) string {
	for name, a := range above {
		switch b := below[name]; {
		case name == "tags" || name == "ldflags":
			if !isSubset(splitList(a), splitList(b)) {
				return name
			}
		case a != b && !(name == "mod" && a == "mod" && b == "readonly"):
			return name
		}
	}
	for name := range below {
		if _, ok := above[name]; !ok && (name == "toolexec" || name == "json") {
			return name
		}
	}
	return ""
}
