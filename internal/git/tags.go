package git

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const tagPrefix = "refs/tags/"

// Tags returns the names, without refs/tags/, of the tags of HEAD's commit in
// ascending order: those that are the commit and those whose tag object leads
// to it, through other tag objects too. The error wraps [ErrNoCommit] if there
// is no commit.
//
// It walks refs/tags and reads packed-refs once. Of the objects it looks only
// at those of loose tags other than HEAD's commit, and of a commit among them
// only at the type. A tag whose object is missing is left out. BenchmarkTags:
// 5,000 packed tags take under 2 ms, 5,000 loose ones around 0.1 s.
func (r *Repo) Tags() ([]string, error) {
	head, err := r.headID()
	if err != nil {
		return nil, err
	}
	tags, err := r.tags(head)
	if err != nil {
		return nil, err
	}
	s := r.objects()
	defer s.close()
	var names []string
	for _, t := range tags {
		commit := t.peeled
		switch {
		case t.id == head:
			commit = head
		case commit == "":
			commit, err = s.peel(t.id)
			if err != nil && !errors.Is(err, errMissing) {
				return nil, err
			}
		}
		if commit == head {
			names = append(names, t.name)
		}
	}
	return names, nil
}

// A tagRef is a ref in refs/tags.
type tagRef struct {
	name   string // without refs/tags/
	id     hash
	peeled hash // the object it leads to in the end; "" if the refs do not tell
}

// tags returns the tags in ascending order of their names. Unless of is "" it
// may leave out those known to lead to another object than that. Loose refs
// hide packed ones, and are read first: git removes them only once packed.
func (r *Repo) tags(of hash) ([]tagRef, error) {
	tags, err := r.looseTags(nil, strings.TrimSuffix(tagPrefix, "/"))
	if err != nil {
		return nil, err
	}
	loose := make(map[string]bool, len(tags))
	for _, t := range tags {
		loose[t.name] = true
	}
	want := []byte(of)
	err = r.scanPacked(func(ref packedRef, sorted bool) bool {
		name, ok := bytes.CutPrefix(ref.name, []byte(tagPrefix))
		if !ok {
			return !sorted || string(ref.name) < tagPrefix
		}
		elsewhere := of != "" && ref.peeled != nil && !bytes.EqualFold(ref.peeled, want)
		if !elsewhere && !loose[string(name)] {
			tags = append(tags, tagRef{string(name), toHash(ref.id), toHash(ref.peeled)})
		}
		return true
	})
	slices.SortFunc(tags, func(a, b tagRef) int { return cmp.Compare(a.name, b.name) })
	return tags, err
}

// looseTags appends to tags the loose refs below dir, a ref name. Files that
// are no refs, such as locks, are passed over, and so are links to directories.
func (r *Repo) looseTags(tags []tagRef, dir string) ([]tagRef, error) {
	path := r.refPath(dir)
	entries, err := os.ReadDir(path)
	if err != nil && !isAbsent(err) {
		return nil, err
	}
	for _, d := range entries {
		name := dir + "/" + d.Name()
		if !validRefName(name) {
			continue
		}
		if d.IsDir() {
			if tags, err = r.looseTags(tags, name); err != nil {
				return nil, err
			}
			continue
		}
		got, err := r.readLooseFile(filepath.Join(path, d.Name()), d.Type())
		if err == nil && got.target != "" {
			got.id, err = r.resolve(got.target)
		}
		if err != nil {
			return nil, err
		}
		if got.id != "" {
			tags = append(tags, tagRef{name: strings.TrimPrefix(name, tagPrefix), id: got.id})
		}
	}
	return tags, nil
}
