package relay

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// ConfigOf returns the configuration for a target: its chain, and how its
// policy wants the proxies to be asked.
func ConfigOf(t *shim.Target) (Config, error) {
	chain, err := modroute.OfTarget(t)
	if err != nil {
		return Config{}, err
	}
	cfg := Config{Chain: chain, Env: t.Env}
	cfg.SetVariables(t.Vars.Effective)
	cfg.SetPolicy(t.Policy, t.Vars.Get)
	return cfg, nil
}

// SetVariables sets what variables of the go command say. The function effective
// returns the value of one, and where it comes from.
func (c *Config) SetVariables(effective func(name string) (string, diag.Pos)) {
	c.GOAUTH, _ = effective("GOAUTH")
	c.Temp, _ = effective("GOTMPDIR")
}

// SetPolicy sets how proxies are asked as the policy wants it. The function
// getenv names the home directory.
func (c *Config) SetPolicy(pol *policy.Policy, getenv userdir.Getenv) {
	if s := pol.ProxyTimeout; s.IsSet() {
		c.Timeout, _ = time.ParseDuration(s.Value) // checked by the policy
	}
	if s := pol.ProxyRetries; s.IsSet() {
		if c.Retries, _ = strconv.Atoi(s.Value); c.Retries == 0 {
			c.Retries = -1 // none: zero is for the default
		}
	}
	for _, e := range pol.Auth {
		i := strings.LastIndexByte(e.Name, '.')
		*c.fileOf(e.Name[:i], e.Name[i+1:]) = resolve(e.Value, pol.Root, getenv)
	}
}

// fileOf returns where the name of a host's file is kept: its cert, key or ca.
func (c *Config) fileOf(host, kind string) *string {
	i := slices.IndexFunc(c.Auth, func(a upstream.Auth) bool { return a.Host == host })
	if i < 0 {
		i = len(c.Auth)
		c.Auth = append(c.Auth, upstream.Auth{Host: host})
	}
	switch a := &c.Auth[i]; kind {
	case "cert":
		return &a.Cert
	case "key":
		return &a.Key
	default:
		return &a.CA
	}
}

// resolve returns the absolute path of a file of a policy.
func resolve(name, root string, getenv userdir.Getenv) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(userdir.Home(getenv), filepath.FromSlash(rest))
	}
	if name = filepath.FromSlash(name); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, name)
}
