package upstream

import (
	"crypto/x509"
	"os"
	"path/filepath"
)

// A rootList names the files of the system's certificate authorities, as
// crypto/x509 finds them. That reads them once in a process; a relay lives longer.
type rootList struct {
	files []string // the first that is there counts
	dirs  []string // all files of all of them
}

// paths returns what changes when the authorities do.
func (l rootList) paths() []string { return append(append([]string(nil), l.files...), l.dirs...) }

// read returns the authorities as they are now.
func (l rootList) read() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, file := range l.files {
		if data, err := os.ReadFile(file); err == nil {
			pool.AppendCertsFromPEM(data)
			break
		}
	}
	for _, dir := range l.dirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if data, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
				pool.AppendCertsFromPEM(data)
			}
		}
	}
	return pool
}
