package gorun

import (
	"strings"
	"testing"
)

func TestOriginHint(t *testing.T) {
	const cannotRead = "\n\tfatal: Could not read from remote repository.\n"
	tests := []struct{ said, want string }{
		{"go: git.example.com/x@v1.0.0: git ls-remote -q origin: exit status 128:\n\tgit@git.example.com: Permission denied (publickey)." + cannotRead, "git.example.com takes none of your ssh keys"},
		{"git@git.example.com: Permission denied (publickey,password)." + cannotRead, "ssh -T git@git.example.com tries them"},
		{"\tHost key verification failed." + cannotRead, "known_hosts"},
		{"\tfatal: could not read Username for 'https://git.example.com': terminal prompts disabled\nConfirm the import path", `url."git@git.example.com:".insteadOf https://git.example.com/`},
		{"\tssh: connect to host git.example.com port 22: Connection refused" + cannotRead, "does not reach git.example.com"},
		{"go: git.example.com/x@v1.0.0: no secure protocol found for repository", "neither to https nor to ssh"},
		{"go: example.com/dep@v9.0.0: unknown revision v9.0.0", ""},
	}
	for _, tt := range tests {
		if got := OriginHint(tt.said); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("OriginHint(%q): got %q, want %q", tt.said, got, tt.want)
		}
	}
}
