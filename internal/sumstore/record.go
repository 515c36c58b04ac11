package sumstore

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/parhash"
)

// A Record is what was found of a module version when it was read the last time
// and all of it agreed.
type Record struct {
	State string    // of all its files, as [filestate.Of] tells it
	Zip   string    // h1 of the zip and of the directory; "" if neither is there
	Mod   string    // h1 of the .mod file, or ""
	N     int       // how many files the zip has
	Time  time.Time // when it was read

	Files []File // only where it says so
}

// A File is a file of a module.
type File struct {
	Name string // below the module's root, with slashes
	Size int64
	Hash parhash.Hash // of its content
}

// Records returns what is known of a cache, without the files.
func (s *Store) Records(cache string) map[module.Version]Record {
	var all map[module.Version]Record
	s.read(func() error {
		all = make(map[module.Version]Record)
		rows, err := s.db.Query("SELECT path, version, at, state, zip, mod, n FROM module JOIN cache ON cache.id = module.cache WHERE dir = ?", cache)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m module.Version
			var r Record
			var at int64
			if err := rows.Scan(&m.Path, &m.Version, &at, &r.State, &r.Zip, &r.Mod, &r.N); err != nil {
				return err
			}
			r.Time = time.Unix(0, at)
			all[m] = r
		}
		return rows.Err()
	})
	return all
}

// Files returns the files of a module version as they were recorded, sorted by
// name, or nothing.
func (s *Store) Files(cache string, m module.Version) []File {
	var data []byte
	s.read(func() error {
		err := s.db.QueryRow("SELECT files FROM module JOIN cache ON cache.id = module.cache WHERE dir = ? AND path = ? AND version = ?",
			cache, m.Path, m.Version).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return decode(data)
}

// Put keeps records of a cache, each in the place of an older one, and forgets
// the caches that are gone.
func (s *Store) Put(cache string, records map[module.Version]*Record) {
	if len(records) == 0 {
		return
	}
	s.write(func(tx *sql.Tx) error {
		if err := forget(tx, "SELECT dir FROM cache", "DELETE FROM module WHERE cache = (SELECT id FROM cache WHERE dir = ?)", "DELETE FROM cache WHERE dir = ?"); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO cache (dir) VALUES (?) ON CONFLICT DO NOTHING", cache); err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRow("SELECT id FROM cache WHERE dir = ?", cache).Scan(&id); err != nil {
			return err
		}
		insert, err := tx.Prepare("INSERT OR REPLACE INTO module VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer insert.Close()
		for m, r := range records {
			if _, err := insert.Exec(id, m.Path, m.Version, r.Time.UnixNano(), r.State, r.Zip, r.Mod, r.N, encode(r.Files)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget drops the records of modules.
func (s *Store) Forget(cache string, modules []module.Version) {
	if len(modules) == 0 {
		return
	}
	s.write(func(tx *sql.Tx) error {
		for _, m := range modules {
			if _, err := tx.Exec("DELETE FROM module WHERE cache = (SELECT id FROM cache WHERE dir = ?) AND path = ? AND version = ?", cache, m.Path, m.Version); err != nil {
				return err
			}
		}
		return nil
	})
}

// Projects returns the go.sum files of the projects that are known, by their
// roots. Some may be gone.
func (s *Store) Projects() map[string][]string {
	var all map[string][]string
	s.read(func() error {
		all = make(map[string][]string)
		rows, err := s.db.Query("SELECT root, sums FROM project")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var root, text string
			if err := rows.Scan(&root, &text); err != nil {
				return err
			}
			var sums []string
			if json.Unmarshal([]byte(text), &sums) == nil {
				all[root] = sums
			}
		}
		return rows.Err()
	})
	return all
}

// AddProject keeps a project, by its root, and forgets those that are gone.
func (s *Store) AddProject(root string, sums []string) {
	if known, ok := s.Projects()[root]; ok && slices.Equal(known, sums) {
		return
	}
	text, err := json.Marshal(sums)
	if err != nil {
		return
	}
	s.write(func(tx *sql.Tx) error {
		if err := forget(tx, "SELECT root FROM project", "DELETE FROM project WHERE root = ?"); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT OR REPLACE INTO project VALUES (?, ?)", root, string(text))
		return err
	})
}

// forget deletes what is known of directories that are gone.
func forget(tx *sql.Tx, dirs string, deletes ...string) error {
	rows, err := tx.Query(dirs)
	if err != nil {
		return err
	}
	var gone []string
	for rows.Next() {
		var dir string
		if err := rows.Scan(&dir); err != nil {
			rows.Close()
			return err
		}
		if _, err := os.Stat(filepath.FromSlash(dir)); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, dir)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, dir := range gone {
		for _, del := range deletes {
			if _, err := tx.Exec(del, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode returns files as the database has them: for each its hash, its size as
// a varint and its name, which ends with a newline.
func encode(files []File) []byte {
	b := []byte{}
	for _, f := range files {
		b = append(b, f.Hash[:]...)
		b = binary.AppendUvarint(b, uint64(f.Size))
		b = append(append(b, f.Name...), '\n')
	}
	return b
}

// decode is the inverse of encode. Of damaged data it returns nothing.
func decode(data []byte) []File {
	var files []File
	for len(data) > 0 {
		var f File
		if len(data) < len(f.Hash) {
			return nil
		}
		data = data[copy(f.Hash[:], data):]
		size, n := binary.Uvarint(data)
		if n <= 0 || int64(size) < 0 {
			return nil
		}
		name, rest, ok := bytes.Cut(data[n:], []byte("\n"))
		if !ok {
			return nil
		}
		f.Size, f.Name, data = int64(size), string(name), rest
		files = append(files, f)
	}
	return files
}
