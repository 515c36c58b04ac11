package modpair

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/userdir"
)

// SetRoot sets the module's directory and the journal that guards its files,
// which is the same for every way that leads there. Without a state directory
// the journal cannot be locked.
func (u *Use) SetRoot(getenv userdir.Getenv, root string) {
	u.Root, u.Real = root, Real(root)
	dir := ""
	if state := userdir.State(getenv); state != "" {
		h := sha256.Sum256([]byte(u.Real))
		dir = filepath.Join(state, "journal", hex.EncodeToString(h[:])[:KeyLen])
	}
	u.Journal = journal.Open(dir)
}

// Real returns the path without symbolic links, or as it is where it does not
// exist.
func Real(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
