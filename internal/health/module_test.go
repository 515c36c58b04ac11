package health

import (
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
)

var silent = log.New(io.Discard, "", 0)

func TestCandidates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "go.mod")
	text := `module example.com/app
require (
	example.com/pseudo v0.0.0-20200101000000-abcdefabcdef
	example.com/a v1.0.0 // indirect
	example.com/local v1.0.0
	example.com/b v1.2.0
)
replace example.com/local => ./local
`
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range Candidates(file) {
		got = append(got, m.String())
	}
	want := []string{"example.com/b@v1.2.0", "example.com/pseudo@v0.0.0-20200101000000-abcdefabcdef", "example.com/a@v1.0.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Candidates(file + ".nothere"); got != nil {
		t.Error(got)
	}
}

func TestModuleFor(t *testing.T) {
	const public, inside, foreign = "https://public.example.com", "https://goproxy.corp.example.com", "https://foreign.example.com"
	secret := module.Version{Path: "corp.example.com/secret", Version: "v1.0.0"}
	routed := &modroute.Chain{
		Proxies: []modroute.Source{{URL: public}}, Private: "corp.example.com/*", NoProxy: "corp.example.com/*",
		Routes: []modroute.Route{{Pattern: "corp.example.com/*", Sources: []modroute.Source{{URL: inside}}}},
	}
	direct := &modroute.Chain{Proxies: routed.Proxies, Private: routed.Private, NoProxy: routed.NoProxy}
	through := &modroute.Chain{Proxies: []modroute.Source{{URL: inside}}, Private: routed.Private + ",golang.org/x", NoProxy: "none"}
	for _, tt := range []struct {
		chain   *modroute.Chain
		proxy   string
		modules []module.Version
		want    string
	}{
		{routed, public, []module.Version{secret, wanted}, "example.com/dep@v1.1.0"},
		{routed, public, []module.Version{secret}, Default.String()},
		{routed, inside, []module.Version{wanted, secret}, "corp.example.com/secret@v1.0.0"},
		{routed, inside, []module.Version{wanted}, ""},
		{routed, foreign, []module.Version{secret, wanted}, Default.String()},
		{direct, public, []module.Version{secret}, Default.String()},
		{direct, foreign, []module.Version{secret}, Default.String()},
		{through, inside, []module.Version{secret, wanted}, "example.com/dep@v1.1.0"},
		{through, inside, []module.Version{secret}, "corp.example.com/secret@v1.0.0"},
		{through, foreign, []module.Version{secret, wanted}, ""},
	} {
		p := &Prober{Chain: tt.chain, Modules: tt.modules}
		m, ok := p.moduleFor(tt.proxy)
		got := m.String()
		if !ok {
			got = ""
		}
		if got != tt.want {
			t.Errorf("%s of %v: %q, want %q", tt.proxy, tt.modules, got, tt.want)
		}
	}
}

// TestNoModule asks a proxy of private modules of which none is known.
func TestNoModule(t *testing.T) {
	server := &proxytest.Server{Handler: proxytest.Dir(t.TempDir())}
	s := server.Start()
	defer s.Close()
	p := prober("https://public.example.com")
	p.Chain.Routes = []modroute.Route{{Pattern: "corp.example.com/*", Sources: []modroute.Source{{URL: s.URL}}}}
	r := p.Check(t.Context(), []string{s.URL})[0]
	wantShort(t, short{State: Up, Go: modroute.Used}, r)
	if got := strings.Join(server.Requests(), " "); got != "GET /" && got != "GET " {
		t.Errorf("it was asked %q", got)
	}
}

func TestSumdbOf(t *testing.T) {
	for sumdb, want := range map[string]string{
		"sum.golang.org":                            "sum.golang.org",
		"sum.example.com+abc+key":                   "sum.example.com",
		"sum.golang.org https://mirror.example.com": "",
		"off":               "",
		"alias.example.com": "",
	} {
		p := prober("https://a.example.com")
		p.Chain.Sumdb = sumdb
		if got := p.sumdbOf("https://a.example.com"); got != want {
			t.Errorf("%s: %q, want %q", sumdb, got, want)
		}
	}
}

func TestParseModule(t *testing.T) {
	for arg, ok := range map[string]bool{"example.com/a@v1.0.0": true, "example.com/a": false, "example.com/a@1": false, "x y@v1.0.0": false, "": false} {
		if _, err := ParseModule(arg); (err == nil) != ok {
			t.Errorf("%q: %v", arg, err)
		}
	}
}
