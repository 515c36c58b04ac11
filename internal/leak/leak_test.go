package leak

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
)

func TestGuard(t *testing.T) {
	const public = "https://user:secret@proxy.example.com"
	direct := modroute.Source{URL: modroute.Direct}
	chain := modroute.Chain{
		Proxies: []modroute.Source{{URL: public, Public: true}, direct}, Sumdb: "sum.golang.org",
	}
	with := func(change func(*modroute.Chain)) modroute.Chain { c := chain; change(&c); return c }
	const name = "git.corp.example.com/x"
	for _, tt := range []struct {
		name  string
		chain modroute.Chain
		want  string
	}{
		{"a proxy that a policy names", with(func(c *modroute.Chain) {
			c.Proxies = []modroute.Source{{URL: public, Default: true}}
			c.Sumdb = "off"
		}), ""},
		{"both", chain, "proxy.example.com and sum.golang.org"},
		{"private", with(func(c *modroute.Chain) { c.NoProxy, c.NoSumdb = "*.corp.example.com", "*.corp.example.com" }), ""},
		{"the database only", with(func(c *modroute.Chain) { c.NoProxy = "*.corp.example.com" }), "sum.golang.org"},
		{"the proxy only", with(func(c *modroute.Chain) { c.Sumdb = "off" }), "proxy.example.com"},
		{"a case that differs is another name", with(func(c *modroute.Chain) { c.NoProxy, c.NoSumdb = "Git.corp.example.com", "git.Corp.example.com" }), "proxy.example.com and sum.golang.org"},
		{"a proxy of its own", with(func(c *modroute.Chain) { c.Proxies = []modroute.Source{{URL: public}}; c.Sumdb = "sum.example.com" }), ""},
		{"a route", with(func(c *modroute.Chain) {
			c.Routes = []modroute.Route{{Pattern: "*.corp.example.com", Sources: []modroute.Source{direct}}}
		}), "sum.golang.org"},
		{"nothing is fetched", with(func(c *modroute.Chain) { c.Proxies = []modroute.Source{{URL: modroute.Off}} }), ""},
		{"from its origin, unchecked", with(func(c *modroute.Chain) { c.Proxies, c.Sumdb = []modroute.Source{direct}, "off" }), ""},
		{"the second proxy", with(func(c *modroute.Chain) {
			c.Proxies = append([]modroute.Source{{URL: "https://own.example.com"}}, c.Proxies...)
		}), "proxy.example.com and sum.golang.org"},
	} {
		got := Guard(&tt.chain, []Name{{Path: "github.com/a/b"}, {Path: name, Pos: diag.Pos{File: "go.mod", Line: 7, Col: 2}}, {Path: name}})
		var want []string
		if tt.want != "" {
			want = []string{`go.mod:7:2: "git.corp.example.com/x" looks private, and would be told to ` + tt.want}
		}
		var texts []string
		for _, e := range got {
			texts = append(texts, e.Fault.Error())
		}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// TestGuardSure wants names that are private for sure to be told to no public
// service, even if the policy names it.
func TestGuardSure(t *testing.T) {
	const name = "code.acme.example/x"
	public := modroute.Source{URL: "https://proxy.example.com", Default: true}
	own := modroute.Source{URL: "https://own.example.com"}
	for _, tt := range []struct {
		name  string
		chain modroute.Chain
		want  string
	}{
		{"neither", modroute.Chain{Proxies: []modroute.Source{public}}, ""},
		{"private, and no_proxy = []", modroute.Chain{Proxies: []modroute.Source{public}, Private: "*.acme.example"}, `is private ("*.acme.example"), and would be told to proxy.example.com`},
		{"private, and no_sumdb = []", modroute.Chain{Proxies: []modroute.Source{public}, Private: "*.acme.example", NoProxy: "*.acme.example", Sumdb: "sum.golang.org"}, `is private ("*.acme.example"), and would be told to sum.golang.org`},
		{"private, from the proxy of the company", modroute.Chain{Proxies: []modroute.Source{own}, Private: "*.acme.example"}, ""},
		{"private, routed to strangers", modroute.Chain{Private: "*.acme.example", NoProxy: "*.acme.example", Routes: []modroute.Route{{Pattern: "code.acme.example", Sources: []modroute.Source{own, public}}}}, `is private ("*.acme.example"), and would be told to proxy.example.com`},
		{"internal", modroute.Chain{Proxies: []modroute.Source{own, public}, Internal: []string{"corp.example.com", "acme.example"}}, `is on an internal host ("acme.example"), and would be told to proxy.example.com`},
		{"internal and private", modroute.Chain{Proxies: []modroute.Source{public}, Private: "code.acme.example", NoProxy: "code.acme.example", Internal: []string{"acme.example"}}, ""},
		{"another host", modroute.Chain{Proxies: []modroute.Source{public}, Internal: []string{"me.example"}}, ""},
	} {
		got := ""
		for _, l := range Guard(&tt.chain, []Name{{Path: name}}) {
			if got = l.Fault.Msg; !l.Sure {
				t.Errorf("%s: not sure", tt.name)
			}
		}
		if tt.want != "" {
			tt.want = `"code.acme.example/x" ` + tt.want
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTyped(t *testing.T) {
	got := Typed([]string{"-u", "./...", ".", "all", "fmt", "example.com/x@v1.2.3", "git.example.com/y/...", `C:\x`, "../z", "main.go"})
	want := []Name{{Path: "example.com/x"}, {Path: "git.example.com/y"}, {Path: "main.go"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestFetched(t *testing.T) {
	file, err := modfile.Parse("go.mod", []byte(`module example.com/app
require (
	example.com/a v1.0.0
	example.com/b v1.0.0
	example.com/c v1.0.0
)
replace example.com/b => git.example.com/fork/b v1.0.1
replace example.com/c => ./c
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Name{
		{"example.com/a", diag.Pos{File: "go.mod", Line: 3, Col: 2}},
		{"git.example.com/fork/b", diag.Pos{File: "go.mod", Line: 4, Col: 2}},
	}
	if diff := cmp.Diff(want, Fetched(file, "go.mod")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
