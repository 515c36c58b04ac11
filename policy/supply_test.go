package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// vkey returns a verifier key for the name: that of no secret one.
func vkey(name string) string {
	key := append([]byte{1}, make([]byte, 32)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key))
}

// TestKeyFault compares keyFault with what makes verifiers for the go command.
func TestKeyFault(t *testing.T) {
	good := vkey("sum.example.com")
	name, rest, _ := strings.Cut(good, "+")
	hash, key, _ := strings.Cut(rest, "+")
	for _, k := range []string{
		good, name + "+12345678+AAAA", name + "+00000000+" + key, "other.example.com+" + rest, name + "+" + hash + "+" + key[:40],
		name + "+" + hash[:7] + "+" + key, name + "+" + strings.ToUpper(hash) + "+" + key, name + "+" + hash, name, "+" + rest,
		name + "++" + key, name + "+" + hash + "+", name + "+zzzzzzzz+" + key, name + "+" + hash + "+%%%%",
	} {
		_, err := note.NewVerifier(k)
		if msg, _ := keyFault(k); (msg == "") != (err == nil) {
			t.Errorf("keyFault(%q): got %q, NewVerifier says %v", k, msg, err)
		}
	}
}

func TestPatternFault(t *testing.T) {
	tests := []struct{ pattern, want string }{ // "" is no fault; otherwise what the hint must hold
		{"corp.example.com", ""},
		{"corp.example.com/", ""},
		{"corp.example.com/*", ""},
		{"*.example.com/team/[a-z]*", ""},
		{"*", ""},
		{"none", ""},
		{"corp.example.com/Team/x+y~z", ""},
		{"https://corp.example.com/*", `write "corp.example.com/*"`},
		{"ssh://git@corp.example.com/team/*", `write "corp.example.com/team/*"`},
		{"git@corp.example.com:team/*", `write "corp.example.com/team/*"`},
		{"corp.example.com:8443/team", `write "corp.example.com/team"`},
		{"corp.example.com/...", `write "corp.example.com"`},
		{"corp.example.com...", `write "corp.example.com"`},
		{"corp.example.com/x/...", `write "corp.example.com/x"`},
		{"//corp.example.com/*", `write "corp.example.com/*"`},
		{"Corp.Example.com/Team", `write "corp.example.com/Team"`},
		{"corp.example.com/x@v1.0.0", `write "corp.example.com/x"`},
		{"...", "one pattern an item"},
		{"https://", "one pattern an item"},
		{"a b", "one pattern an item"},
		{"[", "one pattern an item"},
	}
	for _, tt := range tests {
		msg, hint := PatternFault(tt.pattern)
		if (msg == "") != (tt.want == "") || !strings.Contains(hint, tt.want) {
			t.Errorf("PatternFault(%q): got %q, %q; want %q", tt.pattern, msg, hint, tt.want)
		}
	}
}

// TestCheckSupply wants the same faults where a key says it and where a variable
// does, at their places.
func TestCheckSupply(t *testing.T) {
	tests := []struct{ text, want string }{
		{`sumdb = "` + vkey("sum.example.com") + ` https://sums.example.com"`, ""},
		{`vars.GOSUMDB = "` + vkey("sum.example.com") + `"`, ""},
		{`sumdb = "sum.example.com+12345678+AAAA"`, "f:3:9: checksum database"},
		{`vars.GOSUMDB = "sum.example.com+12345678+AAAA"`, "f:3:6: checksum database"},
		{`vars.GOSUMDB = { force = "nonsense" }`, "f:3:6: malformed checksum database"},
		{`vars.GOSUMDB = { unset = true }`, ""},
		{`private = ["https://corp.example.com/*"]`, `f:3:12: module pattern "https://corp.example.com/*" matches no module path`},
		{`no_proxy = ["corp.example.com/..."]`, "f:3:13: module pattern"},
		{`no_sumdb = ["corp.example.com/..."]`, "f:3:13: module pattern"},
		{`routes = { "https://corp.example.com" = ["off"] }`, "f:3:12: module pattern"},
		{`vars.GOPRIVATE = { append = "a.example.com,https://corp.example.com" }`, "f:3:6: GOPRIVATE: module pattern"},
		{`vars.GONOPROXY = "none"`, ""},
		{`vars.GOINSECURE = "a.example.com, b.example.com"`, "f:3:6: GOINSECURE: malformed module pattern"},
	}
	for _, tt := range tests {
		_, errs := Parse(User, "f", []byte("version = 1\n[common]\n"+tt.text+"\n"))
		got := ""
		if len(errs) > 0 {
			got = errs[0].Error()
		}
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
