package relay

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A database is the checksum database of a chain. The go command asks it without
// a deadline if no proxy hands its files on, so the relay asks it instead.
type database struct {
	name string // "" if GOSUMDB names none
	key  string
	url  string // of GOSUMDB, or ""

	mu      sync.Mutex
	decided bool
	direct  bool // no proxy hands its files on
}

func databaseOf(gosumdb string) *database {
	db, err := modroute.ParseSumdb(gosumdb)
	if err != nil {
		return &database{} // the go command says what is wrong with it
	}
	return &database{name: db.Name, key: db.Key, url: db.URL}
}

// fetchSums gets a file of a checksum database: from the proxies, or from the
// database itself.
func (s *Server) fetchSums(ctx context.Context, file string) (*content, error) {
	db := s.db
	own, isOwn := strings.CutPrefix(file, "sumdb/"+db.name+"/")
	if db.name == "" || !isOwn {
		return s.fetchSmall(ctx, s.cfg.Chain, upstream.Request{File: file})
	}
	direct, err := db.isDirect(func() error {
		_, err := s.client.Fetch(ctx, s.cfg.Chain, upstream.Request{File: "sumdb/" + db.name + "/supported"})
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case own == "supported":
		return &content{result: new(upstream.Result)}, nil
	case direct:
		chain := &modroute.Chain{Proxies: []modroute.Source{{URL: db.address()}}}
		return s.fetchSmall(ctx, chain, upstream.Request{Module: db.name, File: own, Raw: true})
	}
	return s.fetchSmall(ctx, s.cfg.Chain, upstream.Request{File: file})
}

// address returns where the database itself is.
func (db *database) address() string {
	if db.url != "" {
		return db.url
	}
	return "https://" + db.name
}

// isDirect reports whether the database itself is asked. As in
// cmd/go/internal/modfetch.dbClient.initBase, the first answer holds: a proxy that
// hands the files on is asked for all of them.
func (db *database) isDirect(supported func() error) (bool, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.url != "" || db.decided {
		return db.direct || db.url != "", nil
	}
	err := supported()
	if notFound := (*upstream.NotFoundError)(nil); errors.As(err, &notFound) {
		db.direct, err = true, nil
	}
	db.decided = err == nil
	return db.direct, err
}

// sumdbVariable returns the GOSUMDB of a go command that asks a relay at the URL, or "" if
// it stays: where it names the database's own URL, which the go command asks past
// all proxies.
func (s *Server) sumdbVariable(url string) string {
	if s.db.url == "" {
		return ""
	}
	return s.db.key + " " + url + "/sumdb/" + s.db.name
}
