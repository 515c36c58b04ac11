package filestate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Tree returns the path by which [Of] knows all that lies below a directory,
// files that are added and removed too: as Go's patterns have it, "dir/...".
func Tree(dir string) string { return filepath.Join(dir, "...") }

// treeOf is the inverse of Tree.
func treeOf(path string) (dir string, ok bool) {
	dir, ok = strings.CutSuffix(path, string(filepath.Separator)+"...")
	return dir, ok && dir != ""
}

// A walker reads the state of a tree with as many goroutines as there are
// processors.
type walker struct {
	more chan struct{} // holds a token for each goroutine besides the first
	now  time.Time
}

// A treeState is what a walk finds.
type treeState struct {
	sum [sha256.Size]byte
	old bool // no file is young
	err error
}

// tree returns a hash of names, modes and states of all that lies below dir.
// Symbolic links are not followed, save dir itself.
func tree(dir string, now time.Time) (text string, old bool, err error) {
	w := walker{make(chan struct{}, runtime.GOMAXPROCS(0)-1), now}
	t := w.walk(dir)
	return hex.EncodeToString(t.sum[:]), t.old, t.err
}

func (w *walker) walk(dir string) treeState {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return treeState{err: err}
	}
	var (
		below = make([]treeState, len(entries))
		wait  sync.WaitGroup
	)
	for i, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		path := dir + string(filepath.Separator) + entry.Name()
		select {
		case w.more <- struct{}{}:
			wait.Go(func() {
				below[i] = w.walk(path)
				<-w.more
			})
		default:
			below[i] = w.walk(path)
		}
	}
	t := treeState{old: true}
	var record []byte
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.err = err
			continue
		}
		record = appendState(record, info)
		t.old = t.old && isOld(info, w.now)
	}
	wait.Wait()
	for i, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		record = append(record, below[i].sum[:]...)
		t.old = t.old && below[i].old
		if below[i].err != nil {
			t.err = below[i].err
		}
	}
	t.sum = sha256.Sum256(record)
	return t
}

// appendState appends what tells the states of a file apart.
func appendState(b []byte, info fs.FileInfo) []byte {
	changed, inode := identity(info)
	b = append(b, info.Name()...)
	b = append(b, 0)
	for _, n := range [...]int64{int64(info.Mode()), info.Size(), info.ModTime().UnixNano(), changed.UnixNano(), inode} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return b
}
