package cacherepair

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// sources answer requests by the URL of the only source of the chain.
type sources struct {
	answers map[string]any // a body, or an error
	asked   []string
}

func (s *sources) Fetch(_ context.Context, chain *modroute.Chain, r upstream.Request) (*upstream.Result, error) {
	url := chain.Of(r.Module).Sources[0].URL
	s.asked = append(s.asked, url)
	fail := func(status int, err error) error {
		return &upstream.Error{File: r.File, Tried: []upstream.Attempt{{Source: url, Status: status, Err: err}}}
	}
	switch answer := s.answers[url].(type) {
	case []byte:
		r.Dst.Truncate(0)
		r.Dst.WriteAt(answer, 0)
		if err := r.Check(); err != nil {
			return nil, fail(0, &upstream.ContentError{Err: err})
		}
		return &upstream.Result{Source: url}, nil
	case *os.PathError: // of the file that it writes
		return nil, answer
	case error:
		return nil, fail(0, answer)
	}
	return nil, &upstream.NotFoundError{File: r.File, Tried: []upstream.Attempt{{Source: url, Status: http.StatusNotFound, Err: errors.New("404 Not Found")}}}
}

func zipOf(t *testing.T, m module.Version, text string) (data []byte, sum string) {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.Create(m.String() + "/x.go")
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "zip")
	if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if sum, err = dirhash.HashZip(path, dirhash.Hash1); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes(), sum
}

// TestSources wants the right sources to be asked, in the right order, and none
// that must not hear of a module.
func TestSources(t *testing.T) {
	const one, two = "https://one.example.com", "https://two.example.com"
	public, private := module.Version{Path: "example.com/dep", Version: "v1.0.0"}, module.Version{Path: "git.corp.internal/dep", Version: "v1.0.0"}
	tests := []struct {
		name     string
		m        module.Version
		sources  []modroute.Source
		one, two string // "good", "evil", "down", "" for 404
		asked    []string
		from     string
		wrong    int
		err      string
	}{
		{"the first has it", public, []modroute.Source{{URL: one}, {URL: two}}, "good", "good", []string{one}, one, 0, ""},
		{"404", public, []modroute.Source{{URL: one}, {URL: two}}, "", "good", []string{one, two}, two, 0, ""},
		{"other content", public, []modroute.Source{{URL: one}, {URL: two}}, "evil", "good", []string{one, two}, two, 1, ""},
		{"other content, private", private, []modroute.Source{{URL: one}, {URL: two}}, "evil", "good", []string{one}, "", 1, "checksum mismatch"},
		{"other content, private, any error", private, []modroute.Source{{URL: one, AnyError: true}, {URL: two}}, "evil", "good", []string{one, two}, two, 1, ""},
		{"down", public, []modroute.Source{{URL: one}, {URL: two}}, "down", "good", []string{one}, "", 0, "connection refused"},
		{"all wrong", public, []modroute.Source{{URL: one}, {URL: two}}, "evil", "evil", []string{one, two}, "", 2, two + ": checksum mismatch"},
		{"off", public, []modroute.Source{{URL: modroute.Off}}, "good", "good", nil, "", 0, "GOPROXY=off"},
		{"origin", public, []modroute.Source{{URL: one}, {URL: modroute.Direct}}, "", "", []string{one}, "its origin", 0, ""},
		{"origin after other content", public, []modroute.Source{{URL: one}, {URL: modroute.Direct}}, "evil", "", []string{one}, "its origin", 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			good, sum := zipOf(t, test.m, "package x\n")
			evil, _ := zipOf(t, test.m, "package evil\n")
			kinds := map[string]any{"good": good, "evil": evil, "down": errors.New("connection refused")}
			s := &sources{answers: map[string]any{one: kinds[test.one], two: kinds[test.two]}}
			cache, err := modcache.Open(t.TempDir(), true)
			if err != nil {
				t.Fatal(err)
			}
			r := &Repairer{Cache: cache, Chain: &modroute.Chain{Proxies: test.sources}, Fetcher: s, Origin: func(_ context.Context, _ module.Version, _ string, dst *os.File) error {
				dst.Truncate(0)
				_, err := dst.WriteAt(good, 0)
				return err
			}}
			bad := cacheverify.Bad{Module: test.m, Parts: []cacheverify.Part{cacheverify.Zip}, ZipSums: []string{sum}}
			all, err := r.Repair(t.Context(), []cacheverify.Bad{bad})
			if err != nil {
				t.Fatal(err)
			}
			o := all[0]
			if diff := cmp.Diff(test.asked, s.asked); diff != "" {
				t.Errorf("asked: -want +got\n%s", diff)
			}
			if o.From != test.from || len(o.Wrong) != test.wrong || (o.Err == nil) != (test.err == "") || !strings.Contains(o.Error, test.err) {
				t.Errorf("got %+v", o)
			}
			if cache.HasZip(test.m) != (test.err == "") {
				t.Error("the cache is not as said")
			}
		})
	}
}

// TestNoSum: what no go.sum knows is not fetched; what is here and as it came is
// unpacked anew.
// TestDiskFull wants no source to be blamed for a disk that is full.
func TestDiskFull(t *testing.T) {
	m := module.Version{Path: "example.com/m", Version: "v1.0.0"}
	c, err := modcache.Open(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	const one = "https://one.example.com"
	chain := &modroute.Chain{Proxies: []modroute.Source{{URL: one}}}
	full := &os.PathError{Op: "write", Path: "x.zip", Err: errors.New("no space left on device")}
	r := &Repairer{Cache: c, Chain: chain, Fetcher: &sources{answers: map[string]any{one: full}}}
	out, err := r.Repair(t.Context(), []cacheverify.Bad{{Module: m, Parts: []cacheverify.Part{cacheverify.Zip}, ZipSums: []string{"h1:x"}}})
	if err != nil || out[0].Err != full || out[0].Error != full.Error() || len(out[0].Wrong) > 0 {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestNoSum(t *testing.T) {
	m := module.Version{Path: "example.com/dep", Version: "v1.0.0"}
	good, sum := zipOf(t, m, "package x\n")
	s := &sources{answers: map[string]any{"https://one.example.com": good}}
	cache, err := modcache.Open(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	r := &Repairer{Cache: cache, Chain: &modroute.Chain{Proxies: []modroute.Source{{URL: "https://one.example.com"}}}, Fetcher: s}
	bad := []cacheverify.Bad{{Module: m, Parts: []cacheverify.Part{cacheverify.Dir}}}
	if all, _ := r.Repair(t.Context(), bad); all[0].Err == nil || cache.HasZip(m) {
		t.Errorf("got %+v", all[0])
	}
	err = cache.AddZip(t.Context(), m, []string{sum}, func(dst *os.File, check func() error) error {
		dst.WriteAt(good, 0)
		return check()
	})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := cache.Dir(m)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "x.go"))
	all, _ := r.Repair(t.Context(), bad)
	if diff := cmp.Diff([]cacheverify.Part{cacheverify.Dir}, all[0].Parts); diff != "" || all[0].Err != nil || len(s.asked) > 0 {
		t.Errorf("got %+v\n%s", all[0], diff)
	}
	bad[0].Parts = []cacheverify.Part{cacheverify.Mod}
	if all, _ := r.Repair(t.Context(), bad); all[0].Err != errNoSum {
		t.Errorf("got %+v", all[0])
	}
}
