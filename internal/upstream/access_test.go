package upstream

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccess(t *testing.T) {
	s := wantHeader(t, "Authorization", basicUser)
	file := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(file, []byte("machine "+strings.TrimPrefix(s.URL, "https://")+" login user password secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"NETRC": file}[name] }
	c, _ := testClient(t, Config{Auth: []Auth{caOf(t, s)}, Getenv: getenv})
	conf, err := c.TLS(strings.TrimPrefix(s.URL, "https://"))
	if err != nil || conf == nil {
		t.Fatal(conf, err)
	}
	if other, err := c.TLS("other.example.com:443"); other != nil || err != nil {
		t.Error(other, err)
	}
	req, err := http.NewRequest("GET", s.URL+"/"+modURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Authorize(t.Context(), req, nil) {
		t.Error("there are no credentials")
	}
	transport := &http.Transport{TLSClientConfig: conf}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	if c.Authorize(t.Context(), req, &http.Response{StatusCode: http.StatusUnauthorized, Request: req}) {
		t.Error("netrc knows more when it is asked again")
	}
	if req.URL.Scheme = "http"; c.Authorize(t.Context(), req, nil) {
		t.Error("credentials for http")
	}
}
