package git

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// A kind is the type of an object, as numbered in packs (gitformat-pack(5)).
type kind byte

const (
	kindCommit   kind = 1
	kindTree     kind = 2
	kindBlob     kind = 3
	kindTag      kind = 4
	kindOfsDelta kind = 6
	kindRefDelta kind = 7
)

// kindOf returns the kind with the name used in loose objects and tags, or 0.
func kindOf(name string) kind {
	switch name {
	case "commit":
		return kindCommit
	case "tree":
		return kindTree
	case "blob":
		return kindBlob
	case "tag":
		return kindTag
	}
	return 0
}

var (
	errCommit = errors.New("malformed commit")
	errTag    = errors.New("malformed tag")
)

// A commit is what this package needs of a commit object.
type commit struct {
	parents []hash
	time    int64 // committer date in Unix seconds
}

// parseCommit reads the header lines tree, parent, author and committer, which
// come in this order.
func parseCommit(data []byte, hashLen int) (commit, error) {
	var c commit
	h := header{rest: data}
	if !isHash(h.next("tree"), hashLen) {
		return commit{}, errCommit
	}
	for h.has("parent") {
		parent, ok := parseHash(h.next("parent"), hashLen)
		if !ok {
			return commit{}, errCommit
		}
		c.parents = append(c.parents, parent)
	}
	for h.has("author") {
		h.next("author")
	}
	var ok bool
	if c.time, ok = parseDate(h.next("committer")); !ok {
		return commit{}, errCommit
	}
	return c, nil
}

// A tag is what this package needs of a tag object.
type tag struct {
	object hash
	kind   kind // of object
	name   string
	time   int64 // tagger date in Unix seconds, 0 in old tags without a tagger
}

func parseTag(data []byte, hashLen int) (tag, error) {
	var t tag
	var ok bool
	h := header{rest: data}
	if t.object, ok = parseHash(h.next("object"), hashLen); !ok {
		return tag{}, errTag
	}
	if t.kind = kindOf(h.next("type")); t.kind == 0 {
		return tag{}, errTag
	}
	if t.name = h.next("tag"); t.name == "" {
		return tag{}, errTag
	}
	if h.has("tagger") {
		t.time, _ = parseDate(h.next("tagger"))
	}
	return t, nil
}

// A header reads the lines "KEY SP VALUE" at the start of an object.
type header struct{ rest []byte }

// has reports whether the next line has that key.
func (h *header) has(key string) bool {
	return len(h.rest) > len(key) && string(h.rest[:len(key)]) == key && h.rest[len(key)] == ' '
}

// next reads the next line and returns its value: "" if it has another key.
func (h *header) next(key string) string {
	if !h.has(key) {
		return ""
	}
	line, rest, _ := bytes.Cut(h.rest, []byte("\n"))
	h.rest = rest
	return string(line[len(key)+1:])
}

// parseDate returns the seconds in "NAME <MAIL> SECONDS ZONE".
func parseDate(who string) (int64, bool) {
	fields := strings.Fields(who[strings.LastIndexByte(who, '>')+1:])
	if len(fields) == 0 {
		return 0, false
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	return seconds, err == nil
}
