package git

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxPeel  = 64 // tag objects that lead from one to the next
	maxScans = 2  // a first look for packs, and one more when an object is missing
)

// A store reads the objects of a repository for the length of one call of a
// [Repo] method, over which it keeps packs open.
type store struct {
	dirs    []string // directories of objects: the repository's, then alternates
	linked  bool     // alternates are in dirs
	hashLen int
	packs   []*pack // the last one hit comes first
	scans   int     // of the folders of packs
	inflate inflater
}

func (r *Repo) objects() *store {
	return &store{
		dirs:    []string{filepath.Join(r.commonDir, "objects")},
		hashLen: r.hashLen,
	}
}

func (s *store) close() {
	for _, p := range s.packs {
		p.close()
	}
}

// commit reads a commit.
func (s *store) commit(id hash) (commit, error) {
	data, path, err := s.read(id, kindCommit)
	if err != nil {
		return commit{}, err
	}
	c, err := parseCommit(data, s.hashLen)
	if err != nil {
		return commit{}, fileErrorf(path, "%v %s", err, id)
	}
	return c, nil
}

// tag reads a tag object.
func (s *store) tag(id hash) (tag, error) {
	data, path, err := s.read(id, kindTag)
	if err != nil {
		return tag{}, err
	}
	t, err := parseTag(data, s.hashLen)
	if err != nil {
		return tag{}, fileErrorf(path, "%v %s", err, id)
	}
	return t, nil
}

// peel returns the object that id leads to in the end: id itself unless it is
// a tag object.
func (s *store) peel(id hash) (hash, error) {
	k, err := s.kind(id)
	if err != nil || k != kindTag {
		return id, err
	}
	for range maxPeel {
		t, err := s.tag(id)
		if err != nil || t.kind != kindTag {
			return t.object, err
		}
		id = t.object
	}
	return "", fileErrorf(s.dirs[0], "tag %s is nested too deep", id)
}

// kind returns the kind of id and reads no more than it takes.
func (s *store) kind(id hash) (kind, error) {
	o, err := s.find(id)
	if err != nil {
		return 0, err
	}
	if o.pack != nil {
		return o.pack.kind(o.off)
	}
	defer o.loose.Close()
	l, err := s.inflate.looseHeader(o.loose)
	return l.kind, err
}

// read returns the content of id and the path of the file that holds it. It is
// an error if id is of another kind or larger than maxObject.
func (s *store) read(id hash, want kind) (data []byte, path string, err error) {
	o, err := s.find(id)
	if err != nil {
		return nil, "", err
	}
	if o.pack != nil {
		data, err = o.pack.read(o.off, want, &s.inflate)
		return data, o.pack.path, err
	}
	defer o.loose.Close()
	data, err = s.inflate.loose(o.loose, want)
	return data, o.loose.Name(), err
}

// An object is where the bytes of one are: at off in a pack, or in a file of
// its own.
type object struct {
	pack  *pack
	off   int64
	loose *os.File
}

// find looks for id in the packs known so far, then among loose objects, then
// in packs that have come up since: a repack may move an object meanwhile.
func (s *store) find(id hash) (object, error) {
	if err := s.findDirs(); err != nil {
		return object{}, err
	}
	raw := id.raw()
	o, err := s.findPacked(s.packs, raw)
	if err != nil || o.pack != nil {
		return o, err
	}
	for _, dir := range s.dirs {
		f, err := openRegular(filepath.Join(dir, string(id[:2]), string(id[2:])))
		if !isAbsent(err) {
			return object{loose: f}, err
		}
	}
	if s.scans < maxScans {
		known := len(s.packs)
		if err := s.scanPacks(); err != nil {
			return object{}, err
		}
		o, err = s.findPacked(s.packs[known:], raw)
		if err != nil || o.pack != nil {
			return o, err
		}
	}
	return object{}, fileErrorf(s.dirs[0], "%w: %s", errMissing, id)
}

// findPacked looks for an object in packs and moves its pack to the front.
func (s *store) findPacked(packs []*pack, raw []byte) (object, error) {
	for i, p := range packs {
		off, ok, err := p.idx.find(raw)
		if err != nil {
			return object{}, &FileError{p.path, fmt.Errorf("index: %v", err)}
		}
		if ok {
			packs[0], packs[i] = p, packs[0]
			return object{pack: p, off: off}, nil
		}
	}
	return object{}, nil
}

// scanPacks opens the packs not open yet. A .idx without its .pack, or one
// that goes away, is none.
func (s *store) scanPacks() error {
	s.scans++
	for _, dir := range s.dirs {
		dir = filepath.Join(dir, "pack")
		entries, err := os.ReadDir(dir)
		if err != nil && !isAbsent(err) {
			return err
		}
		for _, d := range entries {
			name, ok := strings.CutSuffix(d.Name(), ".idx")
			base := filepath.Join(dir, name)
			if !ok || slices.ContainsFunc(s.packs, func(p *pack) bool { return p.path == base+".pack" }) {
				continue
			}
			p, err := openPack(base, s.hashLen)
			if isAbsent(err) {
				continue
			}
			if err != nil {
				return err
			}
			s.packs = append(s.packs, p)
		}
	}
	return nil
}
