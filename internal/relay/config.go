package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// DefaultIdle is how long a relay that nobody uses lives.
const DefaultIdle = 60 * time.Second

// A Config is what one relay has in common for all that it serves. Two commands
// with the same one use the same relay.
type Config struct {
	Chain   *modroute.Chain
	Timeout time.Duration // as in upstream.Config, like those that follow
	Retries int
	Auth    []upstream.Auth // with absolute paths
	GOAUTH  string
	Temp    string        // directory for zips that pass through; "": the system's
	Idle    time.Duration // 0: DefaultIdle

	// Env is the environment of the relay's process: for proxies of https
	// (HTTPS_PROXY), netrc and GOAUTH commands. Nil: that of this process.
	Env []string `json:"-"`
}

// Upstream returns the configuration for a program that asks the proxies itself.
func (c *Config) Upstream() upstream.Config {
	return upstream.Config{Timeout: c.Timeout, Retries: c.Retries, Auth: c.Auth, GOAUTH: c.GOAUTH}
}

// inHash are the variables by which relays differ.
var inHash = []string{
	"HOME", "USERPROFILE", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy",
}

// Hash names the configuration, from which nothing can be learned about it.
func (c *Config) Hash() string {
	h := sha256.New()
	own := *c
	chain := *c.Chain
	own.Chain = &chain
	chain.Proxies = unplaced(chain.Proxies)
	chain.Routes = slices.Clone(chain.Routes)
	for i, r := range chain.Routes {
		chain.Routes[i] = modroute.Route{Pattern: r.Pattern, Sources: unplaced(r.Sources)}
	}
	json.NewEncoder(h).Encode(own)
	for _, name := range inHash {
		for _, kv := range c.env() {
			if strings.HasPrefix(kv, name+"=") {
				h.Write([]byte(kv + "\n"))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}

func (c *Config) env() []string {
	if c.Env == nil {
		return os.Environ()
	}
	return c.Env
}

// unplaced returns the sources without where they are written.
func unplaced(sources []modroute.Source) []modroute.Source {
	var all []modroute.Source
	for _, s := range sources {
		all = append(all, modroute.Source{URL: s.URL, AnyError: s.AnyError})
	}
	return all
}

// redacted returns a URL without its password.
func redacted(rawURL string) string {
	if u, err := url.Parse(rawURL); err == nil {
		return u.Redacted()
	}
	return "malformed URL"
}
