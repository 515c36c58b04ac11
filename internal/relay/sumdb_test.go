package relay

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/upstream"
)

// treeSums are the lines of example.com/tree v1.0.0, for a database that has no
// other module.
const treeSums = "example.com/tree v1.0.0 %s\nexample.com/tree v1.0.0/go.mod %s\n"

// TestDatabase has a real go verify a module that go.sum lacks, by a database that
// no proxy hands on and by one that hangs: the go command itself has no deadline.
func TestDatabase(t *testing.T) {
	_, good := startProxy(t, nil)
	lines := treeLines(t, good)
	_, dir := certificates(t)
	hang := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxytest.Hang(w, r, nil) })
	for _, tt := range []struct {
		name    string
		byURL   bool
		handler http.Handler // nil: the database
		err     string
	}{
		{"its own address", false, nil, ""},
		{"the URL of GOSUMDB", true, nil, ""},
		{"it hangs", false, hang, ": no answer for 500ms"},
		{"its URL hangs", true, hang, ": no answer for 500ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var handler http.Handler
			url, host := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }), dir, nil)
			name := host
			if tt.byURL {
				name = "sum.example.com"
			}
			db := proxytest.NewSumdb(name, func(path, version string) ([]byte, error) {
				if path != "example.com/tree" {
					return nil, fmt.Errorf("no such module: %s", path)
				}
				return []byte(lines), nil
			})
			if handler = tt.handler; handler == nil {
				handler = db
			}
			chain := chainOf(false, good)
			if chain.Sumdb = db.Key; tt.byURL {
				chain.Sumdb += " " + url
			}
			cfg := testConfig(chain)
			cfg.Timeout, cfg.Auth = time.Second/2, []upstream.Auth{{Host: host, CA: filepath.Join(dir, "ca.pem")}}
			s, err := Open(t.Context(), "", "", cfg, nil, Log{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			m := newProject(t, "")
			m.env = append(m.env, "GOSUMDB="+db.Key)
			for _, v := range s.Variables() {
				m.env = append(m.env, v[0]+"="+v[1])
			}
			if tt.err == "" {
				m.run("get", "example.com/tree")
			} else if out := m.fail("get", "example.com/tree"); !strings.Contains(out, tt.err) {
				t.Errorf("go does not say why: %s", out)
			}
		})
	}
}

// treeLines returns what a database has of example.com/tree.
func treeLines(t *testing.T, good string) string {
	t.Helper()
	var hashes []any
	for _, ext := range []string{".zip", ".mod"} {
		_, body := get(t, good+"/example.com/tree/@v/v1.0.0"+ext)
		file, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		file.WriteString(body)
		hash := hashZip
		if ext == ".mod" {
			hash = hashMod
		}
		sum, err := hash(file)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, sum)
	}
	return fmt.Sprintf(treeSums, hashes...)
}

// TestHandedOn has a proxy that hands a database on: the database itself is not
// asked, whatever the proxy lacks.
func TestHandedOn(t *testing.T) {
	db := proxytest.NewSumdb("sum.example.com", nil)
	proxy, url := startProxy(t, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.HasSuffix(r.URL.Path, "/supported") {
			return true
		}
		http.NotFound(w, r)
		return true
	})
	chain := chainOf(false, url)
	chain.Sumdb = db.Key
	s, relay := serve(t, testConfig(chain))
	for path, want := range map[string]int{"supported": 200, "latest": 404, "lookup/example.com/tree@v1.0.0": 404} {
		if status, body := get(t, relay+"/sumdb/sum.example.com/"+path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if n := proxy.Count("/lookup/"); n != 1 || len(s.client.State()) != 1 {
		t.Errorf("%d requests: %+v", n, s.client.State())
	}
}

// TestTemp wants zips to pass through GOTMPDIR.
func TestTemp(t *testing.T) {
	_, good := startProxy(t, nil)
	cfg := testConfig(chainOf(false, good))
	cfg.Temp = filepath.Join(t.TempDir(), "tmp")
	_, relay := serve(t, cfg)
	if status, body := get(t, relay+"/example.com/a/@v/v1.0.0.zip"); status != 502 || !strings.Contains(body, cfg.Temp) {
		t.Errorf("without the directory: %d %s", status, body)
	}
	if err := os.Mkdir(cfg.Temp, 0o700); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, relay+"/example.com/a/@v/v1.0.0.zip"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}
