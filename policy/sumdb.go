package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// checkSumdb reports a value that the go command does not take as GOSUMDB
// (cmd/go/internal/modfetch.dbDial), where it is written.
func checkSumdb(d *decoder, pos diag.Pos, value string) {
	fields := strings.Fields(value)
	if len(fields) == 1 || len(fields) == 2 {
		switch fields[0] {
		case "off", "sum.golang.org", "sum.golang.google.cn":
			return
		}
		msg, hint := keyFault(fields[0])
		if msg == "" {
			return
		}
		if hint != "" {
			d.errorf(pos, "checksum database %q: %s", value, msg).Hint = hint
			return
		}
	}
	d.errorf(pos, "malformed checksum database %q", value).
		Hint = `write "sum.golang.org", "off", or "name+hash+key" and, after a space, a URL`
}

// keyFault returns what is wrong with a verifier key "name+hash+key", or "". It
// decides as note.NewVerifier of golang.org/x/mod/sumdb does, which would make
// the shim link the code of signatures.
func keyFault(vkey string) (msg, hint string) {
	const malformed = "malformed key"
	name, rest, _ := strings.Cut(vkey, "+")
	hash, text, ok := strings.Cut(rest, "+")
	want, err := hex.DecodeString(hash)
	if !ok || name == "" || err != nil || len(want) != 4 || text == "" {
		return malformed, ""
	}
	// An algorithm, 1 for Ed25519, and its key.
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 33 || key[0] != 1 {
		return "the last part is not a key for Ed25519", "copy the whole key from who runs the database"
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	if have := hex.EncodeToString(sum[:4]); !strings.EqualFold(have, hash) {
		return "the hash " + hash + " is not that of the name and the key, which is " + have,
			"copy the whole key from who runs the database: one of the three parts is another's"
	}
	return "", ""
}
