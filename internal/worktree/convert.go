package worktree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/textfile"
)

// convert looks for what git stores otherwise than it is in the files that differ,
// and runs no filter for that.
func (t *Tree) convert(head map[string]blob, files map[string]fileState) error {
	var names []string
	for name, s := range files {
		if s.change.Kind == Modified && s.hash != "" && !s.otherMode && head[name].mode != modeLink && !strings.ContainsAny(name, "\n\"") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	c, err := t.comparer(head)
	if err != nil {
		return err
	}
	out, err := t.Run([]byte(strings.Join(names, "\n")+"\n"), "hash-object", "--stdin-paths")
	if err != nil {
		return err
	}
	stored := strings.Fields(string(out))
	if len(stored) != len(names) {
		return nil // a file is being written
	}
	var left []string
	for i, name := range names {
		s := files[name]
		if stored[i] != head[name].hash {
			left = append(left, name)
			continue
		}
		s.change = Change{Kind: Encoded}
		if why := c.textConversion(t.Path(name), head[name].hash); why != "" {
			s.change = Change{Kind: Converted, Why: why}
		}
		files[name] = s
	}
	return t.largeFiles(head, files, left)
}

// maxConverted bounds a file whose text is converted here.
const maxConverted = 256 << 20

// ident is what git writes for $Id$ in files with the attribute ident.
var ident = regexp.MustCompile(`\$Id: ([0-9a-f]{40,64}) \$`)

// textConversion returns by what the file differs from the content with the hash,
// if that can be told from the file alone: line endings, or the content's own hash
// in the place of $Id$. It returns "" for everything else.
func (c *comparer) textConversion(full, want string) string {
	data, err := textfile.Read(full, maxConverted)
	if err != nil {
		return ""
	}
	lines := bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if c.hashOf(lines) == want {
		return "line endings"
	}
	for _, text := range [][]byte{data, lines} {
		text = ident.ReplaceAllFunc(text, func(id []byte) []byte {
			if string(ident.FindSubmatch(id)[1]) == want {
				return []byte("$Id$")
			}
			return id
		})
		if c.hashOf(text) == want {
			return "the attribute ident"
		}
	}
	return ""
}

// maxPointer bounds a pointer of git-lfs (its specification, docs/spec.md).
const maxPointer = 1024

var pointer = regexp.MustCompile(`^version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n$`)

// largeFiles finds, among files that differ, those that are what a pointer of
// git-lfs in the commit names. The change of another file has the filter that git
// would run.
func (t *Tree) largeFiles(head map[string]blob, files map[string]fileState, names []string) error {
	attributes, err := t.Attributes(names, "filter")
	if err != nil {
		return err
	}
	for _, name := range names {
		s := files[name]
		for _, attr := range attributes[name] {
			s.change.Why, _ = strings.CutPrefix(attr, "filter=")
		}
		files[name] = s
		if s.change.Why != "lfs" {
			continue
		}
		text, err := t.Run(nil, "cat-file", "blob", head[name].hash)
		if err != nil {
			return err
		}
		if m := pointer.FindSubmatch(text); len(text) <= maxPointer && m != nil && isLargeFile(t.Path(name), string(m[1]), string(m[2])) {
			s.change = Change{Kind: Converted, Why: "git-lfs"}
			files[name] = s
		}
	}
	return nil
}

// isLargeFile reports whether the file has the size and the SHA-256.
func isLargeFile(full, sum, size string) bool {
	info, err := os.Lstat(full)
	if err != nil || strconv.FormatInt(info.Size(), 10) != size {
		return false
	}
	f, err := textfile.Open(full)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	if _, err := f.WriteTo(h); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == sum
}
