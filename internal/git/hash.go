package git

import (
	"encoding/hex"
	"strings"
)

// Sizes of an object name in bytes; in hex it is twice as long.
const (
	sha1Len   = 20
	sha256Len = 32
)

// A hash is the name of an object in lower-case hex.
type hash string

// parseHash reads s, all of it, as the name of size bytes.
func parseHash(s string, size int) (hash, bool) {
	if !isHash(s, size) {
		return "", false
	}
	return toHash(s), true
}

// isHash reports whether b is the hex form of size bytes, in either case.
func isHash[T string | []byte](b T, size int) bool {
	if len(b) != 2*size {
		return false
	}
	for i := range len(b) {
		c := b[i] | ' ' // digits stay, letters become lower case
		if (c < '0' || c > '9' || b[i] < '0') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// toHash returns the hash that b is, if isHash agrees.
func toHash[T string | []byte](b T) hash { return hash(strings.ToLower(string(b))) }

// raw returns the bytes of h.
func (h hash) raw() []byte {
	b, _ := hex.DecodeString(string(h)) // isHash saw to the digits
	return b
}

// short returns the first 12 digits of h.
func (h hash) short() string { return string(h[:12]) }
