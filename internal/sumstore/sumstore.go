// Package sumstore keeps what was hashed of the module cache, so that what has
// not changed since need not be read again, and which projects are known.
//
// It is an SQLite database in goshim's state directory, which any number of
// processes use at once. It may be deleted: then everything is read once more.
package sumstore

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/goshim/goshim/internal/userdir"
)

// FileName is the name of the database in the state directory. A goshim with
// another schema has another name, so that two of them may share the directory.
const FileName = "sums-1.db"

// applicationID tells the database from those of other programs: "gosh".
const applicationID = 0x676f7368

// schema has a row for each module version that a cache was found to have.
// The rows that are read most come without the files, which are last.
const schema = `
CREATE TABLE cache (id INTEGER PRIMARY KEY, dir TEXT NOT NULL UNIQUE);
CREATE TABLE module (
	cache INTEGER NOT NULL,
	path TEXT NOT NULL,
	version TEXT NOT NULL,
	at INTEGER NOT NULL,
	state TEXT NOT NULL,
	zip TEXT NOT NULL,
	mod TEXT NOT NULL,
	n INTEGER NOT NULL,
	files BLOB NOT NULL,
	PRIMARY KEY (cache, path, version)
);
CREATE TABLE project (root TEXT PRIMARY KEY, sums TEXT NOT NULL);
`

// A Store is the database. A nil Store knows nothing and keeps nothing. Any number
// of goroutines may use one, one after the other.
type Store struct {
	path string
	note func(string)

	mu sync.Mutex // guards db, which a fault takes away
	db *sql.DB
}

// Open opens the database in the directory dir, which is made. It returns nil if
// there can be none, as in a read-only home directory. One that is damaged or of
// another program is set aside. The function note is called with a line about
// what is not as it should be.
func Open(dir string, note func(string)) *Store {
	if dir == "" {
		return nil
	}
	s := &Store{path: filepath.Join(dir, FileName), note: note}
	err := userdir.MakeDir(dir)
	if err == nil {
		err = userdir.CheckOwn(s.path)
	}
	if err == nil {
		err = s.open()
	}
	if err != nil {
		s.fail("opening", err)
		return nil
	}
	return s
}

// Close closes the database.
func (s *Store) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect()
}

// disconnect closes the file.
func (s *Store) disconnect() {
	if s.db != nil {
		s.db.Close()
		s.db = nil
	}
}

// open opens the database. One process at a time makes one, or sets one aside.
func (s *Store) open() error {
	err := s.connect()
	if !isUnfit(err) {
		return err
	}
	unlock, lockErr := lockedfile.MutexAt(s.path + ".lock").Lock()
	if lockErr != nil {
		return lockErr
	}
	defer unlock()
	err = s.connect() // another process may have been faster
	if isUnfit(err) && err != errEmpty {
		if err := s.setAside(err); err != nil {
			return err
		}
		err = s.connect()
	}
	if err == errEmpty {
		err = s.create()
	}
	return err
}

// What the header of a file can say that is no database of this goshim.
var (
	errEmpty   = errors.New("it is empty")
	errForeign = errors.New("it is another program's")
)

// isUnfit reports whether the error says that there is no database, or none that
// can be used.
func isUnfit(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return err == errEmpty || err == errForeign
}

// code returns the primary result code of SQLite, or 0.
func code(err error) int {
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		return fault.Code() & 0xff
	}
	return 0
}

// connect opens the file and looks whether it is a database of this goshim.
func (s *Store) connect() (err error) {
	s.disconnect()
	path := filepath.ToSlash(s.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	// Each transaction takes the lock for writing when it begins: one that took it
	// later could not wait for it.
	const settings = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=synchronous(normal)"
	if s.db, err = sql.Open("sqlite", "file://"+(&url.URL{Path: path}).EscapedPath()+settings); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	return patiently(s.inspect)
}

// inspect reads the header of the database.
func (s *Store) inspect() error {
	var id, tables int
	for question, to := range map[string]*int{
		"SELECT count(*) FROM sqlite_schema": &tables,
		"PRAGMA application_id":              &id,
	} {
		if err := s.db.QueryRow(question).Scan(to); err != nil {
			return err
		}
	}
	switch {
	case tables == 0 && id == 0:
		return errEmpty
	case id != applicationID:
		return errForeign
	}
	return nil
}

// create makes the tables, all or none.
func (s *Store) create() error {
	return patiently(func() error {
		if _, err := s.db.Exec("PRAGMA journal_mode = WAL"); err != nil {
			return err
		}
		return s.change(func(tx *sql.Tx) error {
			_, err := tx.Exec(schema + fmt.Sprintf("PRAGMA application_id = %d;", applicationID))
			return err
		})
	})
}

// setAside gives a database that is of no use another name, because what it holds
// may be of use to somebody. The last one is kept.
func (s *Store) setAside(why error) error {
	s.disconnect()
	name := s.path + ".unfit"
	for _, more := range []string{"-wal", "-shm", ""} {
		os.Remove(name + more)
		if err := os.Rename(s.path+more, name+more); err != nil && more == "" {
			return err
		}
	}
	s.note("the records in " + s.path + " cannot be used and are set aside as " + filepath.Base(name) + ": " + why.Error())
	return nil
}

// change does something in a transaction.
func (s *Store) change(do func(*sql.Tx) error) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// write does something in a transaction, as soon as nobody else writes. It is no
// fault if it cannot. What is damaged is set aside, and begun anew.
func (s *Store) write(do func(*sql.Tx) error) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return
	}
	once := func() error { return patiently(func() error { return s.change(do) }) }
	err := once()
	if isUnfit(err) && s.renew(err) {
		err = once()
	}
	if err != nil {
		s.fail("writing", err)
	}
}

// read does something that reads. It is no fault if it cannot.
func (s *Store) read(do func() error) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return
	}
	err := patiently(do)
	if isUnfit(err) && s.renew(err) {
		return // there is nothing to read
	}
	if err != nil {
		s.fail("reading", err)
	}
}

// renew puts an empty database into the place of one that is damaged inside.
func (s *Store) renew(why error) bool {
	unlock, err := lockedfile.MutexAt(s.path + ".lock").Lock()
	if err == nil {
		defer unlock()
		err = s.setAside(why)
	}
	if err == nil {
		if err = s.connect(); err == errEmpty {
			err = s.create()
		}
	}
	if err != nil {
		s.fail("making anew", err)
	}
	return err == nil
}

// fail says that the database could not be used, and uses it no more.
func (s *Store) fail(doing string, err error) {
	s.disconnect()
	s.note(doing + " the records in " + s.path + ": " + err.Error() + "; everything is read, and nothing is recorded")
}

// patience is how long another process may keep the database to itself. SQLite
// waits for most locks by itself, but not for all.
const patience = time.Minute

// patiently does something until the database is not locked by another process.
func patiently(do func() error) error {
	start, pause := time.Now(), time.Millisecond
	for {
		err := do()
		switch code(err) {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		default:
			return err
		}
		if time.Since(start) > patience {
			return err
		}
		time.Sleep(pause)
		pause = min(2*pause, 50*time.Millisecond)
	}
}
