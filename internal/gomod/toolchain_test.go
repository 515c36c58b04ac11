package gomod

import "testing"

func TestToolchain(t *testing.T) {
	for goLine, want := range map[string]string{
		"1.27": "go1.27.0", "1.27.1": "go1.27.1", "1.27rc1": "go1.27rc1", "1.21": "go1.21.0", "1.20": "go1.20",
	} {
		if got := Toolchain(goLine); got != want {
			t.Errorf("Toolchain(%q): got %q, want %q", goLine, got, want)
		}
	}
}
