package relay

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/policy"
)

func TestSetPolicy(t *testing.T) {
	root, home := t.TempDir(), t.TempDir()
	abs := filepath.Join(root, "elsewhere", "ca.pem")
	text := "version = 1\n[common]\nproxy_timeout = \"1500ms\"\nproxy_retries = 0\n" +
		"[common.auth.\"a.example.com:8443\"]\ncert = \"certs/c.pem\"\nkey = \"~/c.key\"\n" +
		"[common.auth.\"b.example.com\"]\nca = '" + abs + "'\n"
	f, errs := policy.Parse(policy.Repository, policy.FileName, []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var cfg Config
	cfg.SetPolicy(&policy.Policy{Env: f.Common, Root: root}, func(name string) string {
		return map[string]string{"HOME": home, "USERPROFILE": home}[name]
	})
	want := Config{
		Timeout: 1500 * time.Millisecond, Retries: -1,
		Auth: []upstream.Auth{
			{Host: "a.example.com:8443", Cert: filepath.Join(root, "certs", "c.pem"), Key: filepath.Join(home, "c.key")},
			{Host: "b.example.com", CA: abs},
		},
	}
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestHash wants a name to depend on what is asked and how, and on nothing else.
func TestHash(t *testing.T) {
	cfg := testConfig(chainOf(true, "https://a.example.com"))
	moved := testConfig(chainOf(true, "https://a.example.com"))
	moved.Chain.Proxies[0].Pos = diag.Pos{File: "goshim.toml", Line: 3, Col: 1}
	moved.Env = append(moved.Env, "PWD=/elsewhere")
	if cfg.Hash() != moved.Hash() {
		t.Error("the place of a line counts")
	}
	for name, change := range map[string]func(*Config){
		"chain":   func(c *Config) { c.Chain.Proxies[0].AnyError = false },
		"timeout": func(c *Config) { c.Timeout *= 2 },
		"netrc":   func(c *Config) { c.Env = append(c.Env, "NETRC=/other") },
		"auth":    func(c *Config) { c.Auth = []upstream.Auth{{Host: "a.example.com", CA: "ca.pem"}} },
	} {
		other := testConfig(chainOf(true, "https://a.example.com"))
		if change(&other); other.Hash() == cfg.Hash() {
			t.Errorf("%s does not count", name)
		}
	}
}
