package modroute

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// parsePolicy returns the policy of a file's environment dev.
func parsePolicy(t *testing.T, toml string) *policy.Policy {
	t.Helper()
	f, errs := policy.Parse(policy.Repository, "goshim.toml", []byte("version = 1\ndefault = \"dev\"\n"+toml))
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	return &policy.Policy{Env: f.Resolve("dev")}
}

func TestOfPolicy(t *testing.T) {
	pos := func(line, col int) diag.Pos { return diag.Pos{File: "goshim.toml", Line: line, Col: col} }
	const proxies = `[common]
proxy = ["https://a.example.com", "b.example.com/", "direct"]
[common.routes]
"corp.example.com/*" = ["https://corp.example.com"]
"x.example.com" = ["direct"]
[env.dev.routes]
"corp.example.com/team" = ["file:///srv/mod", "off"]
`
	a := Source{URL: "https://a.example.com", Pos: pos(4, 10)}
	corp := Route{"corp.example.com/*", []Source{{URL: "https://corp.example.com", Pos: pos(6, 25)}}, pos(6, 1)}
	direct := Route{"x.example.com", []Source{{URL: Direct, Pos: pos(7, 20)}}, pos(7, 1)}
	team := Route{"corp.example.com/team", []Source{{URL: "file:///srv/mod", Pos: pos(9, 28)}, {URL: Off, Pos: pos(9, 47)}}, pos(9, 1)}
	b := Source{URL: "https://b.example.com", Pos: pos(4, 35)}
	last := Source{URL: Direct, Pos: pos(4, 53)}
	files := team
	files.Sources = team.Sources[:1]
	never := func(r Route) Route { r.Sources = []Source{{URL: Off, Pos: r.Sources[0].Pos}}; return r }
	piped := func(s Source) Source { s.AnyError = true; return s }
	teamPiped := team
	teamPiped.Sources = []Source{piped(team.Sources[0]), team.Sources[1]}

	for _, tt := range []struct {
		name   string
		toml   string
		caller []string
		want   []Source
		routes []Route
	}{
		{
			name: "from the policy", toml: proxies,
			want:   []Source{a, b, last},
			routes: []Route{team, corp, direct},
		},
		{
			name: "any error", toml: proxies + "[env.dev]\nfallback = \"any-error\"\n",
			want:   []Source{piped(a), piped(b), last},
			routes: []Route{teamPiped, corp, direct},
		},
		{
			name: "the caller's own", toml: proxies, caller: []string{"GOPROXY=https://mine.example.com"},
			want:   []Source{{URL: "https://mine.example.com"}},
			routes: []Route{team, corp, direct},
		},
		{name: "not now", toml: proxies, caller: []string{"GOPROXY=off"}, want: []Source{{URL: Off}}},
		{
			name: "proxies only", toml: proxies + "[env.dev]\nnetwork = \"proxy-only\"\n",
			want:   []Source{a, b, last},
			routes: []Route{files, corp, never(direct)},
		},
		{
			name: "no network", toml: proxies + "[env.dev]\nnetwork = \"deny\"\n",
			want:   []Source{a, b, last},
			routes: []Route{files, never(corp), never(direct)},
		},
	} {
		pol := parsePolicy(t, tt.toml)
		env := envset.New(tt.caller)
		list := ""
		for i, item := range pol.Proxy.Strings() {
			if i > 0 {
				list += Separator(pol)
			}
			list += item
		}
		env.Default("GOPROXY", list, pol.Proxy.Pos)
		c, err := OfPolicy(pol, env)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, c.Proxies); diff != "" {
			t.Errorf("%s: proxies: -want +got\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.routes, c.Routes); diff != "" {
			t.Errorf("%s: routes: -want +got\n%s", tt.name, diff)
		}
	}
}

// TestFault has a list of proxies that the go command would refuse.
func TestFault(t *testing.T) {
	env := envset.New(nil)
	pos := diag.Pos{File: "goshim.toml", Line: 4, Col: 10}
	env.Default("GOPROXY", "https://a.example.com/\x1b", pos)
	var e *diag.Error
	if _, err := OfPolicy(nil, env); !errors.As(err, &e) || e.Pos != pos {
		t.Errorf("%+v", err)
	}
}

// TestPublic wants the toolchain's own proxy to be a stranger's, unless the policy
// names it.
func TestPublic(t *testing.T) {
	goEnv := filepath.Join(t.TempDir(), "go.env")
	if err := os.WriteFile(goEnv, []byte("GOPROXY=https://default.example.com,direct\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	network := diag.Pos{File: "goshim.toml", Line: 9, Col: 1}
	for _, tt := range []struct {
		name, toml string
		caller     []string
		set        string // by the network setting
		want       bool
	}{
		{"the default", "", nil, "", true},
		{"exported", "", []string{"GOPROXY=https://default.example.com"}, "", true},
		{"narrowed", "", nil, "https://default.example.com", true},
		{"named", "[common]\nproxy = [\"https://default.example.com\", \"off\"]\n", nil, "https://default.example.com,off", false},
		{"another", "", []string{"GOPROXY=https://own.example.com"}, "", false},
	} {
		env := envset.New(tt.caller)
		env.UseToolchainFile(func() *envset.File { return envset.NewFile(goEnv) })
		if tt.set != "" {
			env.Set("GOPROXY", tt.set, network)
		}
		c, err := OfPolicy(parsePolicy(t, tt.toml+"[env.dev]\n"), env)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Proxies[0].Public; got != tt.want {
			t.Errorf("%s: public is %v", tt.name, got)
		}
	}
}
