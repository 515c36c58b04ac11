package vendorsync

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/rogpeppe/go-internal/robustio"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/vendorguard"
	"github.com/goshim/goshim/internal/vendorsum"
)

// A site is a directory with a vendor/ and a vendor.sum, which are replaced as
// one. While that is under way it also has the directory .goshim-vendor, which the
// go command passes over and git ignores:
//
//	.goshim-vendor/.gitignore
//	.goshim-vendor/ID        the new tree, then the old one
//	.goshim-vendor/ID.old    the old one, where two directories cannot change places
//	.goshim-vendor/ID.sum    the new vendor.sum
//
// In the user's state directory, where no repository can put one, lie the lock of
// the site and the record of a replacement that is decided. What the record says
// is finished by the next that looks, so after a kill at any point there is the
// old pair or the new one. Other files in .goshim-vendor are what somebody left who
// was killed before, and nobody needs them.
type site struct {
	root  string            // with vendor/ and vendor.sum
	state string            // of lock and record, or ""
	step  func(name string) // called after each step on disk; nil but in tests

	exchange func(a, b string) error // exchange, but in tests
}

const (
	vendorName = "vendor"
	sumName    = "vendor.sum"
	workName   = ".goshim-vendor"
	ignoreText = "# goshim vendor sync at work. What is in here may be removed.\n*\n"
)

// siteAt returns the site of a directory.
func siteAt(getenv userdir.Getenv, root string) *site {
	s := &site{root: root, exchange: exchange}
	if state := userdir.State(getenv); state != "" {
		h := sha256.Sum256([]byte(modpair.Real(root)))
		s.state = filepath.Join(state, "vendor", hex.EncodeToString(h[:])[:modpair.KeyLen])
	}
	return s
}

func (s *site) vendor() string           { return filepath.Join(s.root, vendorName) }
func (s *site) sum() string              { return filepath.Join(s.root, sumName) }
func (s *site) work() string             { return filepath.Join(s.root, workName) }
func (s *site) decided() string          { return filepath.Join(s.state, "decided") }
func (s *site) undecided() string        { return filepath.Join(s.state, "undecided") }
func (s *site) newTree(id string) string { return filepath.Join(s.work(), id) }
func (s *site) oldTree(id string) string { return filepath.Join(s.work(), id+".old") }
func (s *site) newSum(id string) string  { return filepath.Join(s.work(), id+".sum") }

// did marks the end of a step: a test may kill the process here.
func (s *site) did(step string) {
	if s.step != nil {
		s.step(step)
	}
}

// pending reports whether a replacement was decided and is not finished. It costs
// one stat.
func (s *site) pending() bool {
	if s.state == "" {
		return false
	}
	_, err := os.Lstat(s.decided())
	return err == nil
}

// lock waits for another one that replaces the pair, finishes what a killed one
// began, and removes what it left.
func (s *site) lock() (unlock func(), err error) {
	if s.state == "" {
		return nil, &diag.Error{Msg: "no place for state: the environment names no home directory", Hint: "set XDG_STATE_HOME to a directory that can be written"}
	}
	var release func()
	if err = os.MkdirAll(s.state, 0o700); err == nil {
		release, err = lockedfile.MutexAt(filepath.Join(s.state, "lock")).Lock()
	}
	if err != nil {
		return nil, &diag.Error{Msg: "locking vendor/: " + err.Error(), Hint: "set XDG_STATE_HOME to a directory that can be written"}
	}
	held := false
	defer func() {
		if !held {
			release()
		}
	}()
	if err := errors.Join(s.recover(), s.clear()); err != nil {
		return nil, err
	}
	held = true
	return release, nil
}

// begin makes the directory for the new tree, and returns the name that the tree
// is to get in it.
func (s *site) begin() (id string, err error) {
	if err = os.Mkdir(s.work(), 0o777); err == nil {
		err = os.WriteFile(filepath.Join(s.work(), ".gitignore"), []byte(ignoreText), 0o666)
	}
	if err != nil {
		s.clear()
		return "", writeError(err)
	}
	s.did("begun")
	return strconv.FormatUint(rand.Uint64(), 36), nil
}

// clear removes the directory that begin has made. One that somebody else has made
// is an error.
func (s *site) clear() error {
	info, err := os.Lstat(s.work())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !s.isOurs(info) {
		err = &diag.Error{Pos: diag.Pos{File: s.work()}, Msg: "not made by goshim, which needs the name", Hint: "rename it"}
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(s.work())
	if err != nil {
		return err
	}
	for _, entry := range entries { // the mark goes last
		if entry.Name() != ".gitignore" {
			err = errors.Join(err, removeAll(filepath.Join(s.work(), entry.Name())))
			s.did("removed " + entry.Name())
		}
	}
	if err != nil {
		return err
	}
	return removeAll(s.work())
}

// isOurs reports whether begin has made the directory, even if it was killed at
// it.
func (s *site) isOurs(info fs.FileInfo) bool {
	if !info.IsDir() {
		return false
	}
	entries, err := os.ReadDir(s.work())
	if err != nil || len(entries) == 0 {
		return err == nil
	}
	path := filepath.Join(s.work(), ".gitignore")
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() > int64(len(ignoreText)) {
		return false
	}
	text, err := textfile.Read(path, int64(len(ignoreText)))
	return err == nil && strings.HasPrefix(ignoreText, string(text)) && (len(entries) == 1 || string(text) == ignoreText)
}

// removeAll removes what may have read-only directories, and what a go command may
// still be writing whose parent was killed.
func removeAll(path string) error {
	for range 3 {
		if robustio.RemoveAll(path) == nil {
			return nil
		}
	}
	filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			os.Chmod(path, 0o777)
		}
		return nil
	})
	return robustio.RemoveAll(path)
}

// A record says what a decided replacement brings.
type record struct {
	ID   string `json:"id"`
	Tree string `json:"tree"` // hash of the new vendor/, "" if there is to be none
	Sum  string `json:"sum"`  // hash of the new vendor.sum, "" if there is to be none
}

// replace brings the tree that lies at newTree(id), or none if hash is "", and
// vendor.sum with the given content, or none if it is nil, into force as one. Was
// is the hash of vendor/. The lock is held. If it fails, the old pair stays.
func (s *site) replace(id, was, hash string, sum []byte) error {
	if err := s.checkReplaceable(); err != nil {
		return err
	}
	rec := record{ID: id, Tree: hash}
	if sum != nil {
		if err := writeFile(s.newSum(id), sum, 0o666); err != nil {
			return writeError(err)
		}
		rec.Sum = sumHash(sum)
		s.did("sum written")
	}
	if err := s.decide(rec); err != nil {
		return err
	}
	var err error
	if was != hash || hash == "" {
		err = s.swap(rec)
	}
	if err == nil {
		err = s.placeSum(rec)
	}
	if err == nil {
		return s.over()
	}
	if s.undo(rec) == nil {
		os.Remove(s.decided())
	}
	return err
}

// checkReplaceable refuses what a rename would destroy or could not replace.
func (s *site) checkReplaceable() error {
	if err := checkDir(s.vendor()); err != nil {
		return err
	}
	if err := vendorguard.Check(s.vendor(), vendorName, s.isKnown); err != nil {
		return err
	}
	return vendorsum.Own.Check(s.sum(), sumName)
}

// isKnown reports whether vendor.sum tells of what vendor/ holds.
func (s *site) isKnown() bool {
	sum, err := vendorsum.Read(s.sum(), sumName)
	return err == nil && len(sum.Modules) > 0
}

// checkDir refuses a vendor/ that is something else than a directory.
func checkDir(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir():
		return nil
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		err = &diag.Error{Pos: diag.Pos{File: path}, Msg: "a symbolic link, which the go command would replace by a directory", Hint: "remove the link, or name another directory: go mod vendor -o DIR"}
	case err == nil:
		err = &diag.Error{Pos: diag.Pos{File: path}, Msg: "not a directory", Hint: "rename or remove it"}
	}
	return err
}

// decide writes the record. Its rename is the decision.
func (s *site) decide(rec record) error {
	data, err := json.Marshal(rec)
	if err == nil {
		err = writeFile(s.undecided(), data, 0o600)
	}
	if err == nil {
		err = robustio.Rename(s.undecided(), s.decided())
	}
	if err != nil {
		return &diag.Error{Msg: "writing to the state directory: " + err.Error() + "; vendor/ is as it was", Hint: "set XDG_STATE_HOME to a directory that can be written"}
	}
	s.did("decided")
	return nil
}

// recover finishes the replacement that somebody was killed at, if there is one.
// The lock is held.
func (s *site) recover() error {
	data, err := robustio.ReadFile(s.decided())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var rec record
	if err == nil {
		err = json.Unmarshal(data, &rec)
	}
	if err != nil || rec.ID == "" || rec.ID != filepath.Base(rec.ID) || s.checkReplaceable() != nil {
		return s.over() // a power failure may tear it, or somebody has changed the place
	}
	if err := s.finish(rec); err != nil {
		return &diag.Error{
			Msg:  "vendor/ and vendor.sum: an interrupted replacement cannot be finished: " + err.Error(),
			Hint: "the next call tries again; to give it up, remove " + s.decided(),
		}
	}
	return nil
}

// finish brings vendor/ and vendor.sum to what the record says. It may be
// interrupted and called again any number of times.
func (s *site) finish(rec record) error {
	ok, err := s.placeTree(rec)
	if err != nil {
		return err
	}
	if ok {
		if err := s.placeSum(rec); err != nil {
			return err
		}
	}
	return s.over()
}

// over ends the replacement.
func (s *site) over() error {
	if err := robustio.RemoveAll(s.decided()); err != nil {
		return err
	}
	s.did("over")
	return nil
}

// placeTree puts the new tree to its place, if it is not there. If it is in
// neither place, somebody else has changed things since, and keeps what is there:
// then ok is false.
func (s *site) placeTree(rec record) (ok bool, err error) {
	have, err := treeHash(s.vendor())
	if err != nil || have == rec.Tree && (have != "" || !exists(s.vendor())) {
		return err == nil, err
	}
	if rec.Tree == "" {
		return true, s.swap(rec)
	}
	waiting, err := treeHash(s.newTree(rec.ID))
	switch {
	case err != nil:
		return false, err
	case waiting == rec.Tree:
		return true, s.swap(rec)
	case !exists(s.vendor()) && exists(s.oldTree(rec.ID)):
		return false, s.rename(s.oldTree(rec.ID), s.vendor(), "put back")
	}
	return false, nil
}

// swap puts the new tree, if there is one, to the place of the old one. Where the
// system cannot do that in one step, there is no vendor/ for a moment.
func (s *site) swap(rec record) error {
	if rec.Tree != "" && exists(s.vendor()) {
		err := s.exchange(s.newTree(rec.ID), s.vendor())
		if !errors.Is(err, errors.ErrUnsupported) {
			s.did("exchanged")
			return swapError(err)
		}
	}
	if exists(s.vendor()) {
		if err := s.rename(s.vendor(), s.oldTree(rec.ID), "moved away"); err != nil {
			return err
		}
	}
	if rec.Tree == "" {
		return nil
	}
	return s.rename(s.newTree(rec.ID), s.vendor(), "moved in")
}

func (s *site) rename(from, to, step string) error {
	if err := robustio.Rename(from, to); err != nil {
		return swapError(err)
	}
	s.did(step)
	return nil
}

// placeSum puts the new vendor.sum to its place, if it is not there.
func (s *site) placeSum(rec record) error {
	if err := vendorsum.Own.Check(s.sum(), sumName); err != nil {
		return err
	}
	have, err := textfile.Read(s.sum(), vendorsum.MaxSize)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case rec.Sum == "":
		err = robustio.RemoveAll(s.sum())
	case err != nil || sumHash(have) != rec.Sum:
		err = robustio.Rename(s.newSum(rec.ID), s.sum())
	}
	if err != nil {
		return swapError(err)
	}
	s.did("sum placed")
	return nil
}

// undo puts the old tree back, after finish could not go on.
func (s *site) undo(rec record) error {
	if old := s.oldTree(rec.ID); exists(old) { // by renames, or one of two
		if exists(s.vendor()) {
			if err := robustio.Rename(s.vendor(), s.newTree(rec.ID)); err != nil {
				return err
			}
		}
		return robustio.Rename(old, s.vendor())
	}
	if rec.Tree == "" {
		return nil
	}
	if !exists(s.newTree(rec.ID)) { // there was no vendor/
		return robustio.Rename(s.vendor(), s.newTree(rec.ID))
	}
	hash, err := treeHash(s.newTree(rec.ID))
	if err != nil || hash == rec.Tree {
		return err
	}
	return s.exchange(s.newTree(rec.ID), s.vendor())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func sumHash(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// writeFile makes the file anew and waits until it is on the disk.
func writeFile(path string, data []byte, perm fs.FileMode) error {
	if err := robustio.RemoveAll(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// writeError returns the error for a file beside vendor/ that cannot be written.
func writeError(err error) error {
	return &diag.Error{Msg: "writing beside vendor/: " + err.Error() + "; vendor/ is as it was", Hint: hintOf(err)}
}

// swapError returns the error for trees that cannot change places.
func swapError(err error) error {
	if err == nil {
		return nil
	}
	return &diag.Error{Msg: "replacing vendor/: " + err.Error() + "; it is as it was", Hint: hintOf(err)}
}

// hintOf returns the way out of an error of the system.
func hintOf(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk; two trees of the size of vendor/ must fit"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "make the directory of vendor/, and vendor/ itself, writable"
	case errors.Is(err, syscall.EXDEV), errors.Is(err, syscall.EBUSY):
		return "vendor/ lies on a file system of its own, or in a lower layer of one: copy it, and put the copy in its place"
	}
	return ""
}
