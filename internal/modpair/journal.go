package modpair

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/userdir"
)

// Journal returns the journal of the module at root. It is the same for every
// way that leads to root. Without a state directory it cannot be locked.
func Journal(getenv userdir.Getenv, root string) *journal.Journal {
	return journal.Open(journalDir(getenv, root))
}

func journalDir(getenv userdir.Getenv, root string) string {
	state := userdir.State(getenv)
	if state == "" {
		return ""
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	h := sha256.Sum256([]byte(root))
	return filepath.Join(state, "journal", hex.EncodeToString(h[:])[:KeyLen])
}
