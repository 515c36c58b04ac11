package health

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/upstream"
)

// authKinds are the kinds of credentials that a proxy asked for or took. Several
// requests add to them at once.
type authKinds struct {
	mu    sync.Mutex
	kinds []string
}

func (k *authKinds) add(kind string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.kinds, kind) {
		k.kinds = append(k.kinds, kind)
		slices.Sort(k.kinds)
	}
}

func (k *authKinds) all() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string{}, k.kinds...)
}

// note notes the scheme of the credentials that were sent, and those that an
// answer asks for.
func (k *authKinds) note(resp *http.Response) {
	offers := resp.Header.Values("WWW-Authenticate")
	if resp.StatusCode < 400 {
		offers = append(offers, resp.Request.Header.Get("Authorization"))
		if _, isSet := resp.Request.URL.User.Password(); isSet {
			offers = append(offers, "basic")
		}
	}
	for _, offer := range offers {
		if scheme, _, _ := strings.Cut(offer, " "); scheme != "" {
			k.add(strings.ToLower(scheme))
		}
	}
}

// refusal returns what to do about an answer 401, 403 or 407.
func (p *probe) refusal(a answer) string {
	if end, ok := upstream.TokenEnd(a.sent); ok && !p.now().Before(end) {
		return "the token that was sent expired at " + end.UTC().Format(time.DateTime+" MST") + ": get a new one"
	}
	path, _, _ := strings.Cut(p.report.Module, "@")
	if a.status == http.StatusForbidden && path != "" && !p.Chain.Of(path).Private && leak.IsPrivate(p.Chain, path) {
		host, _, _ := strings.Cut(path, "/")
		return "it may not know of " + path + ": if that is private, add \"" + host + "\" to private, so that it is not asked for it"
	}
	return authAdvice(a.status)
}
