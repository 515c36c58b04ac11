package upstream

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"
)

func TestTokenEnd(t *testing.T) {
	jwt := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1893456000}`)) + ".c2ln"
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	for _, tt := range []struct {
		header string
		ok     bool
	}{
		{"Bearer " + jwt, true},
		{basic("user:" + jwt), true},
		{"", false},
		{"Bearer opaque", false},
		{"Bearer a.b.c", false},
		{basic("user:secret"), false},
		{"Basic %", false},
		{"Bearer e30.e30.c2ln", false},
	} {
		end, ok := TokenEnd(http.Header{"Authorization": {tt.header}})
		if ok != tt.ok || ok && !end.Equal(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("TokenEnd(%q): got %v, %v", tt.header, end, ok)
		}
	}
	resp := &http.Response{StatusCode: 401, Header: http.Header{}, Body: http.NoBody, Request: &http.Request{Header: http.Header{"Authorization": {"Bearer " + jwt}}}}
	if got, want := statusError(resp, time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)).Error(), "401 Unauthorized: the token that was sent expired at 2030-01-01 00:00 UTC"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := statusError(resp, time.Date(2029, 1, 2, 0, 0, 0, 0, time.UTC)).Error(); got != "401 Unauthorized" {
		t.Errorf("before the end: %q", got)
	}
}
