package upstream

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
)

// This file is for who asks a proxy without retries, to see how it is.

// TLS returns the certificates for connections to a host, as it stands in a URL,
// or nil for the system's. It reads the files of the host's [Auth].
func (c *Client) TLS(host string) (*tls.Config, error) {
	u := url.URL{Host: host}
	for _, name := range []string{u.Host, u.Hostname()} {
		for _, a := range c.cfg.Auth {
			if a.Host == name {
				return a.tls()
			}
		}
	}
	return nil, nil
}

// Authorize adds the credentials that are known for the request's URL to it, and
// reports whether there are any. If resp is an answer 4xx to the request, GOAUTH
// is asked for others first. Credentials are for https only.
func (c *Client) Authorize(ctx context.Context, req *http.Request, resp *http.Response) bool {
	if req.URL.Scheme != "https" || resp != nil && !c.creds.canAsk(resp.Request, resp.StatusCode) {
		return false
	}
	return c.creds.add(ctx, req, resp)
}
