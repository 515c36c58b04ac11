//go:build unix && !darwin && !ios

package upstream

import (
	"os"
	"runtime"
	"strings"
)

// On Linux, the system's authorities are in these places (crypto/x509/root_linux.go).
var (
	certFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
	}
	certDirs = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
)

// systemRoots returns where the system's authorities are, by the rules of
// crypto/x509/root_unix.go. On other systems than Linux, only what variables name
// is read again.
func systemRoots() rootList {
	var l rootList
	if runtime.GOOS == "linux" {
		l = rootList{certFiles, certDirs}
	}
	if f := os.Getenv("SSL_CERT_FILE"); f != "" {
		l.files = []string{f}
	}
	if d := os.Getenv("SSL_CERT_DIR"); d != "" {
		l.dirs = strings.Split(d, ":")
	}
	return l
}
