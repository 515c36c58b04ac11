package sumclient

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/upstream"
)

const dep = "example.com/Dep v1.0.0 h1:zip=\nexample.com/Dep v1.0.0/go.mod h1:mod=\n"

// A world is a database, and a client's directories.
type world struct {
	db       *proxytest.Sumdb
	server   *proxytest.Server
	url      string
	modCache string
	trees    string
}

func newWorld(t *testing.T) *world {
	db := proxytest.NewSumdb("sum.example.com", func(path, version string) ([]byte, error) {
		if path != "example.com/Dep" {
			return nil, os.ErrNotExist
		}
		return []byte(dep), nil
	})
	w := &world{db: db, server: &proxytest.Server{Handler: db}, modCache: t.TempDir(), trees: t.TempDir()}
	s := w.server.Start()
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func (w *world) client(t *testing.T, gosumdb string, cached bool, proxies ...modroute.Source) *Client {
	t.Helper()
	up := upstream.New(upstream.Config{Retries: -1})
	t.Cleanup(up.Close)
	c, err := New(t.Context(), Config{
		Chain: &modroute.Chain{Sumdb: gosumdb, Proxies: proxies}, Fetcher: up, ModCache: w.modCache, Trees: w.trees, CachedOnly: cached,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) wantDep(t *testing.T, c *Client) {
	t.Helper()
	for version, want := range map[string]string{"v1.0.0": "h1:zip=", "v1.0.0/go.mod": "h1:mod="} {
		got, err := c.Lookup(module.Version{Path: "example.com/Dep", Version: version})
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v", version, got, err)
		}
	}
}

// TestLookup: the database is asked itself, once; what it has answered is kept.
func TestLookup(t *testing.T) {
	w := newWorld(t)
	c := w.client(t, w.db.Key+" "+w.url, false)
	w.wantDep(t, c)
	if n := w.server.Count("/lookup/"); n != 1 {
		t.Errorf("%d requests", n)
	}
	if _, err := c.Lookup(module.Version{Path: "example.com/none", Version: "v1.0.0"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("got error %v", err)
	}
	w.wantDep(t, w.client(t, w.db.Key+" "+w.url, true))
	if _, err := w.client(t, w.db.Key+" "+w.url, true).Lookup(module.Version{Path: "example.com/none", Version: "v1.0.0"}); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("without a network: got error %v", err)
	}
	tile := filepath.Join(w.modCache, "cache", "download", "sumdb", "sum.example.com", "lookup", "example.com", "!dep@v1.0.0")
	if _, err := os.Stat(tile); err != nil {
		t.Error(err)
	}
}

// TestByProxy: the first proxy that supports the database hands its files on.
func TestByProxy(t *testing.T) {
	w := newWorld(t)
	none := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(none.Close)
	proxy := &proxytest.Server{Handler: http.StripPrefix("/sumdb/sum.example.com", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/supported" {
			w.db.ServeHTTP(rw, r)
		}
	}))}
	s := proxy.Start()
	t.Cleanup(s.Close)
	w.wantDep(t, w.client(t, w.db.Key, false, modroute.Source{URL: none.URL}, modroute.Source{URL: s.URL}, modroute.Source{URL: modroute.Off}))
	if n := proxy.Count("/supported"); n != 1 {
		t.Errorf("the proxy was asked %d times", n)
	}
}

// TestUnbelievable: a database that shows another tree than before is not
// believed.
func TestUnbelievable(t *testing.T) {
	w := newWorld(t)
	w.wantDep(t, w.client(t, w.db.Key+" "+w.url, false))
	other := newWorld(t)
	other.db.Rewrite(w.db, "example.com/Dep v1.0.0 h1:evil=\nexample.com/Dep v1.0.0/go.mod h1:mod=\n")
	if err := os.RemoveAll(filepath.Join(w.modCache, "cache", "download", "sumdb", "sum.example.com", "lookup")); err != nil {
		t.Fatal(err)
	}
	_, err := w.client(t, other.db.Key+" "+other.url, false).Lookup(module.Version{Path: "example.com/Dep", Version: "v1.0.0"})
	if err == nil || !strings.Contains(err.Error(), "sum.example.com cannot be believed: SECURITY ERROR") {
		t.Errorf("got error %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, gosumdb := range []string{"", "off", "sum.example.com", "a b c"} {
		if _, err := New(t.Context(), Config{Chain: &modroute.Chain{Sumdb: gosumdb}}); err == nil {
			t.Errorf("%q is taken", gosumdb)
		}
	}
	for _, gosumdb := range []string{"sum.golang.org", "sum.golang.google.cn", "sum.golang.org https://sum.example.com"} {
		if c, err := New(t.Context(), Config{Chain: &modroute.Chain{Sumdb: gosumdb}}); err != nil || c.Name != "sum.golang.org" {
			t.Errorf("%q: %v", gosumdb, err)
		}
	}
}

// TestMany: many ask at once.
func TestMany(t *testing.T) {
	w := newWorld(t)
	c := w.client(t, w.db.Key+" "+w.url, false)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { w.wantDep(t, c) })
	}
	wait.Wait()
}
