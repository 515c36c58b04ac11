package filestate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Tree returns the path by which [Of] knows all that lies below a directory,
// files that are added and removed too: as Go's patterns have it, "dir/...".
func Tree(dir string) string { return filepath.Join(dir, "...") }

// Sources returns the path by which [Of] knows the Go files and the go.mod files below
// a directory. It passes over vendor/ and over directories whose name begins with a
// dot, which no import path leads to.
func Sources(dir string) string { return filepath.Join(dir, "....go") }

// treeOf is the inverse of Tree and of Sources.
func treeOf(path string) (dir string, isSources, ok bool) {
	dir, isSources = strings.CutSuffix(path, string(filepath.Separator)+"....go")
	ok = isSources
	if !ok {
		dir, ok = strings.CutSuffix(path, string(filepath.Separator)+"...")
	}
	return dir, isSources, ok && dir != ""
}

// isSource reports whether an entry of a directory is one that Sources is about.
func isSource(entry fs.DirEntry) bool {
	name := entry.Name()
	if entry.IsDir() {
		return name[0] != '.' && name != "vendor"
	}
	if entry.Type()&fs.ModeSymlink != 0 && name[0] != '.' {
		return true // it may lead to a directory
	}
	return strings.HasSuffix(name, ".go") || name == "go.mod"
}

// A walker reads the state of a tree with as many goroutines as there are
// processors.
type walker struct {
	more chan struct{} // holds a token for each goroutine besides the first
	now  time.Time

	sources bool // only what [Sources] is about
}

// A treeState is what a walk finds.
type treeState struct {
	sum [sha256.Size]byte
	old bool // no file is young
	err error
}

// tree returns a hash of names, modes and states of all that lies below dir.
// Symbolic links are not followed, save dir itself.
func tree(dir string, now time.Time, sources bool) (text string, old bool, err error) {
	w := walker{make(chan struct{}, runtime.GOMAXPROCS(0)-1), now, sources}
	t := w.walk(dir)
	return hex.EncodeToString(t.sum[:]), t.old, t.err
}

func (w *walker) walk(dir string) treeState {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return treeState{err: err}
	}
	if w.sources {
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !isSource(e) })
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
		if w.sources && entry.IsDir() { // its times tell of other files
			record = append(append(record, entry.Name()...), 0)
			continue
		}
		info, err := w.info(dir, entry)
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

// info returns the state of an entry: for sources, where it leads to.
func (w *walker) info(dir string, entry fs.DirEntry) (fs.FileInfo, error) {
	if w.sources && entry.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(filepath.Join(dir, entry.Name()))
		if err == nil && info.IsDir() { // imports lead through it, and no walk does
			err = &fs.PathError{Op: "walk", Path: dir, Err: errLink}
		}
		return info, err
	}
	return entry.Info()
}

var errLink = errors.New("a link leads to a directory")

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
