package cli

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goshim/goshim/internal/proxytest"
)

// TestProxyCheckAuth has a proxy with a certificate of its own authority, which
// wants one of its clients: it is up with auth, and down without.
func TestProxyCheckAuth(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list": "v1.0.0\n", "v1.0.0.info": `{"Version":"v1.0.0"}`, "v1.0.0.mod": "module example.com/dep\n", "v1.0.0.zip": "PK\x03\x04",
	} {
		file := filepath.Join(dir, "example.com/dep/@v", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewUnstartedServer(proxytest.Dir(dir))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "https://")

	s := newSandbox(t, map[string]string{"repo/go.mod": "module example.com/app\n\nrequire example.com/dep v1.0.0\n"})
	s.set("GOPROXY", server.URL)
	s.set("GOSUMDB", "off")
	_, stdout, _ := s.run("proxy", "check")
	if !strings.Contains(stdout, "tls: certificate is signed by an unknown authority") {
		t.Errorf("without auth: %s", stdout)
	}

	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: server.Certificate().Raw}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		s.write(map[string]string{name: string(pem.EncodeToMemory(block))})
	}
	ca, file := "ca = "+strconv.Quote(s.path("cert.pem")), func(name string) string { return strconv.Quote(s.path(name)) }
	s.write(map[string]string{userPolicy(): "version = 1\n[common.auth.\"" + host + "\"]\n" + ca + "\n"})
	_, stdout, _ = s.run("proxy", "check")
	if !strings.Contains(stdout, "certificate required") && !strings.Contains(stdout, "bad certificate") {
		t.Errorf("without a client certificate: %s", stdout)
	}
	s.write(map[string]string{userPolicy(): "version = 1\n[common.auth.\"" + host + "\"]\n" + ca + "\ncert = " + file("cert.pem") + "\nkey = " + file("key.pem") + "\n"})
	status, stdout, stderr := s.run("proxy", "check", "--compare")
	want := [][]string{
		{"PROXY", "STATE", "LATENCY", "LIST", "INFO", "MOD", "ZIP", "OLD", "ZIP", "LATEST", "SUMDB", "PRIVATE", "AUTH"},
		{server.URL, "partial", "MS", "ms", "yes", "yes", "yes", "yes", "-", "no", "-", "-", "certificate"},
	}
	got := words(stdout)
	if len(got) > 1 && len(got[1]) > 2 {
		got[1][2] = "MS"
	}
	if diff := difference(want, got); diff != "" || status != 0 {
		t.Errorf("status %d (-want +got):\n%s\n%s", status, diff, stderr)
	}
}
