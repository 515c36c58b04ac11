package git

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Describe returns what `git describe --tags --always --abbrev=12` prints: the
// tag at HEAD; else the nearest tag among HEAD's ancestors, as TAG-N-gHASH,
// where N counts the commits in HEAD and not in the tag and HASH is 12 digits
// long; else these digits alone.
//
// At one commit an annotated tag wins over a lightweight one, the later tagger
// date among annotated ones, then the lower name. The name printed for an
// annotated tag is the one in its object, should the ref differ. Among the
// ancestors, commits are visited by date, latest first, and the first ten tags
// met compete; the lowest N wins, then the tag met first.
//
// That is the rule of git before 2.48. Since then git stops at the first commit
// after ten tags, or all there are, have been met, and compares the counts so
// far, so that after a merge it may name a tag that is farther away. Where 12
// digits are not unique in the repository git prints more, Describe does not.
//
// If HEAD has no tag the history must be there to walk. The error wraps
// [ErrTooDeep] if that takes more than 10,000 commits, in a shallow clone, and
// where grafts or replaced objects (git-replace(1)) change history, so that the
// caller may turn to git itself. It wraps [ErrNoCommit] if HEAD has no commit.
func (r *Repo) Describe() (string, error) {
	head, err := r.headID()
	if err != nil {
		return "", err
	}
	s := r.objects()
	defer s.close()
	names, err := r.tagNames(s)
	if err != nil {
		return "", err
	}
	if n, ok := names[head]; ok {
		name, mark, err := s.label(n)
		return name + mark, err
	}
	if err := r.checkHistory(); err != nil {
		return "", err
	}
	if len(names) == 0 {
		return head.short(), nil
	}
	w := walk{store: s, seen: make(map[hash]*node)}
	best, err := w.nearest(head, names)
	if err != nil {
		return "", err
	}
	if best == nil {
		return head.short(), nil
	}
	name, _, err := s.label(best.tagName)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%d-g%s", name, best.depth, head.short()), nil
}

// A tagName is the tag by which one commit is described.
type tagName struct {
	name      string
	id        hash
	annotated bool
}

// tagNames returns the best tag of each commit that has one.
func (r *Repo) tagNames(s *store) (map[hash]tagName, error) {
	tags, err := r.tags("")
	if err != nil {
		return nil, err
	}
	names := make(map[hash]tagName, len(tags))
	for _, t := range tags {
		if t.peeled == "" {
			t.peeled, err = s.peel(t.id)
			if errors.Is(err, errMissing) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		n := tagName{t.name, t.id, t.id != t.peeled}
		old, ok := names[t.peeled]
		if ok {
			if ok, err = s.better(old, n); err != nil {
				return nil, err
			}
		}
		if !ok {
			names[t.peeled] = n
		}
	}
	return names, nil
}

// better reports whether a describes a commit better than b, which has a
// higher name.
func (s *store) better(a, b tagName) (bool, error) {
	if !a.annotated || !b.annotated {
		return a.annotated || !b.annotated, nil
	}
	ta, err := s.tag(a.id)
	if err != nil {
		return false, err
	}
	tb, err := s.tag(b.id)
	return ta.time >= tb.time, err
}

// label returns the name that git prints for n, which for a tag object is the
// one it holds, and what to add at the tagged commit itself: nothing, or "-0-g"
// and a hash if the ref has another name.
func (s *store) label(n tagName) (name, mark string, err error) {
	if !n.annotated {
		return n.name, "", nil
	}
	t, err := s.tag(n.id)
	if err == nil && t.name != n.name {
		mark = "-0-g" + t.object.short()
	}
	return t.name, mark, err
}

// checkHistory returns an error if the parents in commit objects are not, or
// need not be, those that git goes by.
func (r *Repo) checkHistory() error {
	for _, name := range []string{"shallow", "info/grafts"} {
		path := filepath.Join(r.commonDir, filepath.FromSlash(name))
		fi, err := os.Stat(path)
		if err == nil && fi.Size() > 0 {
			return &FileError{path, ErrTooDeep}
		}
		if err != nil && !isAbsent(err) {
			return err
		}
	}
	const replace = "refs/replace"
	found := false
	if entries, err := os.ReadDir(r.refPath(replace)); err == nil {
		found = len(entries) > 0
	} else if !isAbsent(err) {
		return err
	}
	err := r.scanPacked(func(ref packedRef, _ bool) bool {
		found = found || strings.HasPrefix(string(ref.name), replace+"/")
		return !found
	})
	if err == nil && found {
		err = &FileError{r.refPath(replace), ErrTooDeep}
	}
	return err
}
