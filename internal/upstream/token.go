package upstream

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// TokenEnd returns until when the token of a request holds, if it is a JSON web
// token: as bearer, or as the password of a user. Other tokens do not say it.
func TokenEnd(header http.Header) (end time.Time, ok bool) {
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Basic") {
		pair, err := base64.StdEncoding.DecodeString(token)
		if err != nil {
			return end, false
		}
		_, token, _ = strings.Cut(string(pair), ":")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return end, false
	}
	var claims struct {
		Exp float64 `json:"exp"` // seconds, RFC 7519
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &claims) != nil || claims.Exp <= 0 || claims.Exp > 1<<40 {
		return end, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}

// expired says that the token of a request had ended when it was refused, or
// returns "".
func expired(resp *http.Response, now time.Time) string {
	if resp.Request == nil || resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return ""
	}
	end, ok := TokenEnd(resp.Request.Header)
	if !ok || now.Before(end) {
		return ""
	}
	return "the token that was sent expired at " + end.UTC().Format("2006-01-02 15:04 MST")
}
