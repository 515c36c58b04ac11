package modpair

import (
	"path/filepath"
	"testing"
)

func TestCallerOverlay(t *testing.T) {
	cache := t.TempDir()
	place := filepath.Join(cache, pairsDir, "0123")
	call := filepath.Join(place, CallsDir, "4567")
	elsewhere := filepath.Join(t.TempDir(), "overlay.json")
	for _, test := range []struct{ cache, file, want string }{
		{cache, "", ""},
		{cache, elsewhere, elsewhere},
		{cache, "overlay.json", "overlay.json"},
		{cache, filepath.Join(place, "89ab", "overlay.json"), ""},
		{cache, call + ".json", call + CallerSuffix},
		{cache, call + CallerSuffix, call + CallerSuffix},
		{"", call + ".json", call + ".json"},
	} {
		if got := CallerOverlay(test.cache, test.file); got != test.want {
			t.Errorf("CallerOverlay(%q, %q) = %q, want %q", test.cache, test.file, got, test.want)
		}
	}
}
