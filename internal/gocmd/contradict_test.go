package gocmd

import "testing"

func TestContradiction(t *testing.T) {
	tests := []struct {
		words, name, value string
		has                map[string]string
		want               string
	}{
		{"test", "v", "true", map[string]string{"json": "true"}, "json"},
		{"test", "v", "true", map[string]string{"json": "false"}, ""},
		{"test", "v", "false", map[string]string{"json": "true"}, ""},
		{"test", "json", "true", map[string]string{"v": "true"}, "v"},
		{"build", "v", "true", map[string]string{"json": "true"}, ""},
		{"list", "json", "true", map[string]string{"f": "{{.Dir}}"}, "f"},
		{"list", "json", "Dir", map[string]string{"f": "{{.Dir}}"}, "f"},
		{"list", "json", "true", map[string]string{"f": ""}, ""},
		{"list", "deps", "true", map[string]string{"m": "true"}, "m"},
		{"list", "u", "true", nil, "needs m"},
		{"list", "u", "true", map[string]string{"m": "true"}, ""},
		{"test", "cpuprofile", "x", map[string]string{"fuzz": "."}, "fuzz"},
		{"build", "race", "true", map[string]string{"asan": "true"}, "asan"},
		{"test", "race", "true", map[string]string{"covermode": "set"}, "covermode"},
		{"test", "race", "true", map[string]string{"covermode": "atomic"}, ""},
		{"test", "covermode", "count", map[string]string{"race": "true"}, "race"},
		{"test", "covermode", "atomic", map[string]string{"race": "true"}, ""},
		{"vet", "json", "true", map[string]string{"f": "x"}, ""},
	}
	for _, tt := range tests {
		has := func(name string) (string, bool) {
			value, ok := tt.has[name]
			return value, ok
		}
		got := Lookup(tt.words).Contradiction(tt.name, tt.value, has)
		if other := Lookup(tt.words).Needs(tt.name, tt.value, has); other != "" {
			got += "needs " + other
		}
		if got != tt.want {
			t.Errorf("go %s -%s=%s beside %v: %q, want %q", tt.words, tt.name, tt.value, tt.has, got, tt.want)
		}
	}
}

func TestSanitizerFault(t *testing.T) {
	tests := []struct {
		name, goos, goarch, cgo string
		host                    bool
		want                    string
	}{
		{"race", "linux", "amd64", "", true, ""},
		{"race", "linux", "amd64", "0", true, "CGO_ENABLED=0"},
		{"race", "darwin", "arm64", "0", true, ""},
		{"race", "linux", "arm64", "", false, "cgo is off in a build for linux/arm64"},
		{"race", "linux", "arm64", "1", false, ""},
		{"race", "js", "wasm", "1", false, "not supported on js/wasm"},
		{"msan", "windows", "amd64", "1", true, "not supported on windows/amd64"},
		{"trimpath", "js", "wasm", "0", false, ""},
	}
	for _, tt := range tests {
		if got := SanitizerFault(tt.name, tt.goos, tt.goarch, tt.cgo, tt.host); got != tt.want {
			t.Errorf("-%s on %s/%s: %q, want %q", tt.name, tt.goos, tt.goarch, got, tt.want)
		}
	}
}
