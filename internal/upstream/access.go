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
	own := c.transport.of(&url.URL{Scheme: "https", Host: host})
	if own.auth == nil {
		return nil, nil
	}
	return own.auth.tls(own.roots)
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
