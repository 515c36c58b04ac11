package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/rogpeppe/go-internal/robustio"
)

var (
	errNotRegular = errors.New("not a regular file")
	errManyLinks  = errors.New("too many symbolic links")
)

// resolve returns the absolute path of the file that a write to path would
// change or make: it follows path's links, even the last that names no file.
func resolve(path string) (string, error) {
	real, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 {
		fi, err := os.Lstat(real)
		if err != nil || fi.Mode()&fs.ModeSymlink == 0 {
			return real, nil // a fault shows when the file is read
		}
		link, err := os.Readlink(real)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(real)) // the link may begin with ..
			if err != nil {
				return "", err
			}
			link = filepath.Join(dir, link)
		}
		real = link
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: errManyLinks}
}

// content returns what the file at path holds, nil if there is no file.
func content(path string) ([]byte, error) {
	fi, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, syscall.ENOTDIR) || err == nil && !fi.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		return nil, err
	}
	return robustio.ReadFile(path)
}

// checkWritable refuses a file that the user protected: renaming another over
// it would succeed, on Unix, where an editor and the go command do not.
func checkWritable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// checkOld returns an error, about a file of the given name, if e's file is
// not what the writer read.
func (e entry) checkOld(name string) error {
	data, err := content(e.path)
	if err != nil {
		return err
	}
	if digest(data) != e.old {
		return changeError(name, "changed meanwhile by somebody else; nothing is written")
	}
	return nil
}

// A state is how far a file of a decided commit is.
type state int

const (
	isOld state = iota
	isNew
	isForeign // neither: somebody else changed it
)

func (e entry) state() (state, error) {
	data, err := content(e.path)
	if errors.Is(err, errNotRegular) {
		return isForeign, nil
	}
	if err != nil {
		return 0, err
	}
	switch digest(data) {
	case digest(e.new):
		return isNew, nil
	case e.old:
		fi, err := os.Stat(filepath.Dir(e.path))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !fi.IsDir() {
			return isForeign, nil // somebody removed the whole folder
		}
		return isOld, nil
	}
	return isForeign, nil
}

// writeTemp makes the temporary file beside e's file, with its permission
// bits. That for a file to be removed shows that its folder can be written to.
func (j *Journal) writeTemp(e entry) error {
	fi, err := os.Stat(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return j.write(e.temp(), e.new, 0o666)
	}
	if err != nil {
		return err
	}
	if err := j.write(e.temp(), e.new, fi.Mode().Perm()); err != nil {
		return err
	}
	return os.Chmod(e.temp(), fi.Mode().Perm()) // without the umask
}

// write makes the file at path anew and waits until it is on the disk.
func (j *Journal) write(path string, data []byte, perm fs.FileMode) error {
	if err := robustio.RemoveAll(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	j.did("made " + path)
	_, err = f.Write(data)
	j.did("wrote " + path)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	j.did("synced " + path)
	return nil
}

// syncDir waits until what was renamed in dir is on the disk. Not all systems
// can: Windows and some network file systems refuse, and lose it at worst to
// a power failure.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
