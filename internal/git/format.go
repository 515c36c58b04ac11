package git

import (
	"fmt"
	"strings"
)

// readFormat reads from a config file the format of the repository and returns
// the size of its object names. The rules are those of git's
// repository-version document: version 0 or 1, and no unknown extension.
// Without a config file, or without the keys, it is SHA-1.
func readFormat(path string) (hashLen int, err error) {
	data, err := readFile(path)
	if isAbsent(err) {
		return sha1Len, nil
	}
	if err != nil {
		return 0, err
	}
	f := format{hashLen: sha1Len}
	err = scanConfig(string(data), f.set)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return 0, &FileError{path, err}
	}
	return f.hashLen, nil
}

type format struct {
	version  string
	hashLen  int
	reftable bool
	unknown  string // the first extension not known here
}

// set takes note of one variable. An error is about a value only:
// what an unknown name means depends on the version, read by check.
func (f *format) set(section, key, value string) error {
	switch {
	case section == "core" && key == "repositoryformatversion":
		f.version = value
	case section == "extensions":
		return f.setExtension(key, value)
	}
	return nil
}

func (f *format) setExtension(key, value string) error {
	switch key {
	case "objectformat":
		switch value {
		case "sha1":
			f.hashLen = sha1Len
		case "sha256":
			f.hashLen = sha256Len
		default:
			return fmt.Errorf("unknown object format %q", value)
		}
	case "refstorage":
		// A value may carry a location: "reftable://PATH".
		storage, _, _ := strings.Cut(value, ":")
		switch storage {
		case "files":
			f.reftable = false
		case "reftable":
			f.reftable = true
		default:
			return fmt.Errorf("unknown ref storage %q", value)
		}
	case "noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig",
		"compatobjectformat", "relativeworktrees", "submodulepathconfig":
		// None of these changes how refs, commits and tags are read.
	default:
		if f.unknown == "" {
			f.unknown = key
		}
	}
	return nil
}

func (f *format) check() error {
	switch {
	case f.version != "" && f.version != "0" && f.version != "1":
		return fmt.Errorf("unknown repository version %q", f.version)
	case f.version == "1" && f.unknown != "":
		return fmt.Errorf("unknown repository extension %q", f.unknown)
	case f.reftable:
		return ErrReftable
	}
	return nil
}
