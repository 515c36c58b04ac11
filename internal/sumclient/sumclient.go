// Package sumclient asks the checksum database as the go command does
// (cmd/go/internal/modfetch/sumdb.go): by the proxies that hand its files on, or
// itself; with the same cache of its tiles in the module cache, and the same
// record of the newest tree that it has shown, so that it cannot go back behind
// that.
package sumclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A Fetcher fetches files over the network. It is an [upstream.Client].
type Fetcher interface {
	Fetch(context.Context, *modroute.Chain, upstream.Request) (*upstream.Result, error)
}

// A Config says which database is asked, and where its files are kept.
type Config struct {
	Chain      *modroute.Chain // its Sumdb is the database
	Fetcher    Fetcher
	ModCache   string // GOMODCACHE: tiles and answers
	Trees      string // GOPATH/pkg/sumdb: the newest tree
	CachedOnly bool   // ask nobody
}

// A Client asks one checksum database. It is safe for use by many goroutines.
type Client struct {
	Name string

	db  *sumdb.Client
	ops *ops
}

// New returns a client of the database of cfg. It asks nobody. The error is that
// GOSUMDB names none.
func New(ctx context.Context, cfg Config) (*Client, error) {
	found, err := modroute.ParseSumdb(cfg.Chain.Sumdb)
	if err != nil {
		return nil, err
	}
	o := &ops{Config: cfg, ctx: ctx, key: found.Key, name: found.Name, own: "https://" + found.Name, base: found.URL}
	return &Client{Name: o.name, db: sumdb.NewClient(o), ops: o}, nil
}

// ErrUnknown says that the database does not know the version.
var ErrUnknown = errors.New("the database does not know it")

// Lookup returns the hash that the database has of a module version or, for a
// version that ends in /go.mod, of its go.mod. What it answers is proved by its
// tree. Errors are [ErrUnknown], and that it cannot be asked or believed.
func (c *Client) Lookup(m module.Version) (hash string, err error) {
	lines, err := c.db.Lookup(m.Path, m.Version)
	if fault := c.ops.securityFault(); fault != "" {
		return "", &diag.Error{Msg: c.Name + " cannot be believed: " + fault}
	}
	if err != nil {
		if c.ops.isAbsent(m) {
			err = ErrUnknown // the text of err has it, but not as an error
		}
		return "", err
	}
	for _, line := range lines {
		if hash, ok := strings.CutPrefix(line, m.Path+" "+m.Version+" "); ok && strings.HasPrefix(hash, "h1:") {
			return hash, nil
		}
	}
	return "", ErrUnknown
}

// ops are what a [sumdb.Client] does outside of itself.
type ops struct {
	Config
	ctx       context.Context
	key, name string
	own       string // the database's own address

	mu    sync.Mutex
	base  string // where the database is asked, "" if by chain or as long as nobody knows
	chain *modroute.Chain
	fault string // of security

	absent sync.Map // the paths that nobody has
}

// isAbsent reports whether the database was asked for m and has no answer.
func (o *ops) isAbsent(m module.Version) bool {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return false
	}
	version, err := module.EscapeVersion(strings.TrimSuffix(m.Version, "/go.mod"))
	if err != nil {
		return false
	}
	_, absent := o.absent.Load("/lookup/" + path + "@" + version)
	return absent
}

func (o *ops) securityFault() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.fault
}

// ReadRemote reads a file of the database, which path begins with a slash.
func (o *ops) ReadRemote(path string) ([]byte, error) {
	if o.CachedOnly {
		return nil, errors.New("nobody may be asked")
	}
	chain, file, err := o.route(path)
	if err != nil {
		return nil, err
	}
	got, err := o.Fetcher.Fetch(o.ctx, chain, upstream.Request{Module: o.name, File: file, Raw: true})
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			o.absent.Store(path, true)
		}
		return nil, err
	}
	return got.Body, nil
}

// route returns who is asked for a file. It asks the proxies once which of them
// hands the files of the database on.
func (o *ops) route(path string) (*modroute.Chain, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.chain == nil && o.base == "" {
		if err := o.findProxy(); err != nil {
			return nil, "", err
		}
	}
	if o.chain != nil {
		return o.chain, "sumdb/" + o.name + path, nil
	}
	return &modroute.Chain{Proxies: []modroute.Source{{URL: o.base}}}, strings.TrimPrefix(path, "/"), nil
}

// findProxy chooses the first proxy that supports the database, by the rules of
// modfetch.TryProxies; the database itself if there is none.
func (o *ops) findProxy() error {
	for _, s := range o.Chain.Proxies {
		if !s.IsProxy() {
			break
		}
		only := &modroute.Chain{Proxies: []modroute.Source{s}}
		_, err := o.Fetcher.Fetch(o.ctx, only, upstream.Request{Module: o.name, File: "sumdb/" + o.name + "/supported", Raw: true})
		if err == nil {
			o.chain = only
			return nil
		}
		absent := (*upstream.NotFoundError)(nil)
		if !errors.As(err, &absent) && !s.AnyError {
			return err
		}
	}
	o.base = o.own
	return nil
}

// file returns where a file is kept below dir, which the database's name is
// part of.
func file(dir, name string) (string, error) {
	if dir == "" || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fs.ErrNotExist
	}
	return filepath.Join(dir, filepath.FromSlash(name)), nil
}

// ReadConfig reads the key, or the newest tree.
func (o *ops) ReadConfig(name string) ([]byte, error) {
	if name == "key" {
		return []byte(o.key), nil
	}
	path, err := file(o.Trees, name)
	if err != nil {
		return nil, err
	}
	data, err := lockedfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte{}, nil // the first time
	}
	if verifier, bad := note.NewVerifier(o.key); err == nil && bad == nil && len(data) > 0 {
		if _, fault := note.Open(data, note.VerifierList(verifier)); fault != nil {
			return nil, fmt.Errorf("%s is not a tree that %s has signed: %w; remove it, and the go command writes it again", path, o.name, fault)
		}
	}
	return data, err
}

// WriteConfig writes the newest tree, if it is old still.
func (o *ops) WriteConfig(name string, old, new []byte) error {
	path, err := file(o.Trees, name)
	if err != nil {
		return err
	}
	os.MkdirAll(filepath.Dir(path), 0o777)
	f, err := lockedfile.Edit(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if len(data) > 0 && !bytes.Equal(data, old) {
		return sumdb.ErrWriteConflict
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	if _, err := f.WriteAt(new, 0); err != nil {
		return err
	}
	return f.Close()
}

// ReadCache reads an answer or a tile that was kept. An empty file is one that
// is being written.
func (o *ops) ReadCache(name string) ([]byte, error) {
	path, err := file(filepath.Join(o.ModCache, "cache", "download", "sumdb"), name)
	if err != nil {
		return nil, err
	}
	data, err := lockedfile.Read(path)
	if err == nil && len(data) == 0 {
		err = &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	return data, err
}

// WriteCache keeps an answer or a tile. It is no fault if it cannot.
func (o *ops) WriteCache(name string, data []byte) {
	path, err := file(filepath.Join(o.ModCache, "cache", "download", "sumdb"), name)
	if err != nil {
		return
	}
	os.MkdirAll(filepath.Dir(path), 0o777)
	lockedfile.Write(path, bytes.NewReader(data), 0o666)
}

// Log does nothing.
func (o *ops) Log(string) {}

// SecurityError notes what makes the database unbelievable.
func (o *ops) SecurityError(msg string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault == "" {
		o.fault, _, _ = strings.Cut(strings.TrimSpace(msg), "\n")
	}
}
