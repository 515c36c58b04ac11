package proxytest

import (
	"context"
	"crypto/rand"
	"net/http"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// A Sumdb is a checksum database for tests: a handler for its files.
type Sumdb struct {
	Key string // as in GOSUMDB

	handler http.Handler
	signer  string
}

// NewSumdb returns a database with the given name, and with the lines that the
// function has of a version.
func NewSumdb(name string, lines func(path, version string) ([]byte, error)) *Sumdb {
	signer, key, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		panic(err)
	}
	return &Sumdb{key, sumdb.NewServer(sumdb.NewTestServer(signer, lines)), signer}
}

// ServeHTTP serves the database's files.
func (s *Sumdb) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Rewrite makes the database one that has the key of another, and always answers
// the same lines.
func (s *Sumdb) Rewrite(of *Sumdb, lines string) {
	s.Key, s.signer = of.Key, of.signer
	server := sumdb.NewTestServer(of.signer, func(string, string) ([]byte, error) { return []byte(lines), nil })
	if _, err := server.Lookup(context.Background(), module.Version{Path: "example.com/first", Version: "v1.0.0"}); err != nil {
		panic(err)
	}
	s.handler = sumdb.NewServer(server)
}
