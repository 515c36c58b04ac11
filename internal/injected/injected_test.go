package injected

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOtherLanguage has a program that is not stripped, but not Go's either.
func TestOtherLanguage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prog")
	header := make([]byte, 64) // of an ELF file without sections, for amd64
	copy(header, "\x7fELF\x02\x01\x01")
	header[16], header[18], header[20], header[52] = 2, 62, 1, 64
	if err := os.WriteFile(path, header, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path); err == nil || !strings.HasPrefix(err.Error(), path+" is not a program that Go has built: ") {
		t.Errorf("got %v", err)
	}
}

func TestSymbol(t *testing.T) {
	tests := []struct{ name, want string }{
		{"main.version", "main.version"},
		{"example.com/m/x.V", "example.com/m/x.V"},
		{"example.com/m/yaml.v2.V", "example.com/m/yaml%2ev2.V"},
		{"example.com/a%b/é.V", "example.com/a%25b/%c3%a9.V"},
		{"nodot", "nodot"},
	}
	for _, tt := range tests {
		if got := symbol(tt.name); got != tt.want {
			t.Errorf("symbol(%q): got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestIsOther(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	tests := []struct {
		line, value string
		want        bool
	}{
		{"{git.commit}", commit, true},
		{"v({git.short}) at {git.time}", "v(0123456789ab) at 2026-01-02T03:04:05Z", true},
		{"v({git.short})", "v(0123456789abc)", false},
		{"{git.commit}", "v1.2.3", false},
		{"{git.tag}", "v1.2.3", true},
		{"{git.tag}", "", false},
		{"plain", "plain", false}, // it has no fact
	}
	for _, tt := range tests {
		if got := isOther(tt.line, tt.value); got != tt.want {
			t.Errorf("isOther(%q, %q): got %v, want %v", tt.line, tt.value, got, tt.want)
		}
	}
}

func TestLastX(t *testing.T) {
	words := []string{"-s", "-X", "main.a=1", "-X=main.b=2=3", "--X", "main.a=4", "-X"}
	for name, want := range map[string]string{"main.a": "4", "main.b": "2=3"} {
		if got, ok := lastX(words, name); got != want || !ok {
			t.Errorf("lastX(%q): got %q, %v, want %q", name, got, ok, want)
		}
	}
	if _, ok := lastX(words, "main.c"); ok {
		t.Error("lastX found main.c")
	}
}
