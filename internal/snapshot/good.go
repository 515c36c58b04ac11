package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/robustio"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/userdir"
)

// A Good is a snapshot that was verified on this machine: the environment, its
// sums and the module cache were as it says.
type Good struct {
	File     string    // where it was read
	Hash     string    // SHA-256 of the file's text, in hex
	Time     time.Time // of the verification
	Snapshot *Snapshot
}

// LastGood returns the last snapshot of the environment, of the module in the
// directory root, that was verified; nil if none is known.
func LastGood(getenv userdir.Getenv, root, env string) *Good {
	data, err := os.ReadFile(goodFile(getenv, root, env))
	if err != nil {
		return nil
	}
	var g Good
	if json.Unmarshal(data, &g) != nil || g.Snapshot == nil {
		return nil // as if nothing had been verified
	}
	return &g
}

// SetLastGood records that the snapshot in a file with the given text was
// verified now.
func SetLastGood(getenv userdir.Getenv, root string, s *Snapshot, file string, text []byte) error {
	sum := sha256.Sum256(text)
	g := Good{file, hex.EncodeToString(sum[:]), time.Now().UTC().Truncate(time.Second), s}
	path := goodFile(getenv, root, s.Environment)
	if path == "" {
		return &diag.Error{Msg: "no place for state: neither HOME nor XDG_STATE_HOME is set"}
	}
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return Replace(path, data, 0o600)
}

// goodFile returns the file with the record, or "" if there is no place for it.
func goodFile(getenv userdir.Getenv, root, env string) string {
	state := userdir.State(getenv)
	if state == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(modpair.Real(root) + "\n" + env))
	return filepath.Join(state, "snapshot", hex.EncodeToString(sum[:])[:modpair.KeyLen]+".json")
}

// Replace writes a file as a whole: a reader sees the old content or the new
// one, and a kill leaves one of them.
func Replace(path string, data []byte, perm os.FileMode) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".goshim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, filepath.Base(path))
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return robustio.Rename(tmp, path)
}
