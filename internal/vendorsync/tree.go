package vendorsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
)

const listName = "modules.txt"

// A tree is a vendor directory that was read, nil if there is none, and what each
// path below it is: for a regular file the hash of its content, for anything else
// its kind. Permission bits and times do not matter.
type tree struct {
	*vendortree.Tree
	files map[string]string
}

// readTree reads the vendor directory dir. One that is not there, or that is
// something else, has no files.
func readTree(ctx context.Context, dir string) (tree, error) {
	t := tree{files: make(map[string]string)}
	if !isDir(dir) {
		return t, nil
	}
	var err error
	if t.Tree, err = vendortree.Read(ctx, dir); err != nil {
		return t, err
	}
	for _, f := range t.Files {
		switch {
		case f.Err != nil:
			return t, f.Err
		case f.Mode.IsRegular():
			t.files[f.Path] = hex.EncodeToString(f.Sum[:])
		case f.Mode&fs.ModeSymlink != 0:
			to, err := os.Readlink(filepath.Join(dir, filepath.FromSlash(f.Path)))
			if err != nil {
				return t, err
			}
			t.files[f.Path] = "link " + to
		default:
			t.files[f.Path] = f.Mode.String()
		}
	}
	if t.files[listName] != "" { // it is no regular file
		return t, nil
	}
	list, err := vendorlist.ReadText(dir)
	if list != nil {
		sum := sha256.Sum256(list)
		t.files[listName] = hex.EncodeToString(sum[:])
	}
	return t, err
}

// hash returns a word that stands for the tree, "" if it has no files.
func (t tree) hash() string {
	if len(t.files) == 0 {
		return ""
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		fmt.Fprintf(h, "%s  %q\n", t.files[name], name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// treeHash returns the hash of the tree in dir, "" if there is none.
func treeHash(dir string) (string, error) {
	t, err := readTree(context.Background(), dir)
	return t.hash(), err
}

// isDir reports whether the path is a directory and no link to one.
func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
