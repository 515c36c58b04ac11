package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// A record says all that is needed to finish a commit. As text it is
//
//	goshim journal 1
//	"path"	"temporary name"	old hash or -	"new content" or -
//	…
//	sum hash-of-the-lines-above
//
// with tabs between the fields, which a quoted string does not have inside.
type record []entry

// An entry is a change whose path is absolute and not a symbolic link.
type entry struct {
	path     string
	tempName string // in the folder of path
	old      string // digest
	new      []byte // nil: no file
}

const (
	recordHead = "goshim journal 1\n"
	recordSum  = "sum "
	absent     = "-"
)

var (
	errUnknown = errors.New("not a record that this goshim knows")
	errDamaged = errors.New("the record is damaged")
)

// newRecord returns the record of the changes that change something. It
// refuses changes that cannot be made.
func newRecord(changes []Change) (record, error) {
	var rec record
	seen := make(map[string]bool)
	for _, c := range changes {
		path, err := resolve(c.Path)
		if err != nil {
			return nil, err
		}
		if seen[path] {
			return nil, changeError(c.Path, "changed twice in one commit")
		}
		seen[path] = true
		e := entry{path: path, tempName: tempName(path), old: digest(c.Old), new: c.New}
		if err := e.checkOld(c.Path); err != nil {
			return nil, err
		}
		if e.old == digest(e.new) {
			continue
		}
		if err := checkWritable(path); err != nil {
			return nil, err
		}
		rec = append(rec, e)
	}
	return rec, nil
}

func tempName(path string) string {
	return "." + filepath.Base(path) + ".goshim-" + strconv.FormatUint(rand.Uint64(), 36)
}

func (e entry) temp() string { return filepath.Join(filepath.Dir(e.path), e.tempName) }

func changeError(path, msg string) error {
	return &diag.Error{Pos: diag.Pos{File: path}, Msg: msg}
}

// digest returns a word that stands for a content.
func digest(data []byte) string {
	if data == nil {
		return absent
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (rec record) encode() []byte {
	var b strings.Builder
	b.WriteString(recordHead)
	for _, e := range rec {
		content := absent
		if e.new != nil {
			content = strconv.Quote(string(e.new))
		}
		b.WriteString(strconv.Quote(e.path) + "\t" + strconv.Quote(e.tempName) + "\t" + e.old + "\t" + content + "\n")
	}
	return []byte(b.String() + recordSum + digest([]byte(b.String())) + "\n")
}

// decode is the inverse of encode. It refuses what encode did not write.
func decode(data []byte) (record, error) {
	text := string(data)
	if !strings.HasPrefix(text, recordHead) {
		return nil, errUnknown
	}
	end := strings.LastIndex(text, recordSum)
	if end < 0 || text[end:] != recordSum+digest(data[:end])+"\n" {
		return nil, errDamaged
	}
	var rec record
	for line := range strings.Lines(text[len(recordHead):end]) {
		e, err := decodeEntry(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, err
		}
		rec = append(rec, e)
	}
	return rec, nil
}

func decodeEntry(line string) (entry, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 4 {
		return entry{}, errDamaged
	}
	path, err1 := strconv.Unquote(fields[0])
	temp, err2 := strconv.Unquote(fields[1])
	e := entry{path: path, tempName: temp, old: fields[2]}
	var err3 error
	if fields[3] != absent {
		var content string
		content, err3 = strconv.Unquote(fields[3])
		e.new = []byte(content)
	}
	if err1 != nil || err2 != nil || err3 != nil {
		return entry{}, errDamaged
	}
	return e, nil
}
