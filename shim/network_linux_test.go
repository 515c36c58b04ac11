package shim

import "testing"

func TestHasInterface(t *testing.T) {
	const heading = "Inter-|   Receive\n face |bytes    packets\n"
	tests := []struct {
		dev  string
		want bool
	}{
		{"", true}, // nothing is known
		{heading, false},
		{heading + "    lo:       0       0\n", false},
		{heading + "    lo:       0       0\n  sit0:       0       0\nip6tnl0:    0      0\n", false},
		{heading + "    lo:       0       0\n  eth0:       0       0\n", true},
		{heading + "wlan0:0 0\n", true},
	}
	for _, tt := range tests {
		if got := hasInterface(tt.dev); got != tt.want {
			t.Errorf("hasInterface(%q) = %t, want %t", tt.dev, got, tt.want)
		}
	}
}
