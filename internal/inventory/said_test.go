package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
)

func TestParseSaid(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"progress", "go: downloading example.com/dep v1.0.0\n", ""},
		{"a file", "go: example.com/dep@v1.0.0: module lookup disabled by GOPROXY=off\n", "example.com/dep@v1.0.0 module"},
		{"required by another", "go: example.com/app@v1.0.0 requires\n\texample.com/dep@v1.0.0: module lookup disabled by GOPROXY=off\n", "example.com/dep@v1.0.0 module"},
		{"several on a line", "go: example.com/mid@v1.0.0 (replaced by example.com/fork@v1.0.1): reading x: no such file", "example.com/fork@v1.0.1 module"},
		{"a package's", "main.go:3:8: example.com/dep@v1.0.0: network disabled by cmdgonetlimit=0", "example.com/dep@v1.0.0 module"},
		{"no sum of a go.mod", "go: example.com/dep@v1.0.0: missing go.sum entry for go.mod file; to add it:\n\tgo mod download example.com/dep\n", "example.com/dep@v1.0.0 sum"},
		{"no sum of a module", "main.go:4:2: missing go.sum entry for module providing package example.com/dep/pkg (imported by example.com/app); to add:\n\tgo get example.com/app\n", "example.com/dep@v1.2.3 sum"},
		{"no sum of an unknown module", "missing go.sum entry for module providing package example.org/x; to add:\n", "missing go.sum entry for module providing package example.org/x"},
		{"another sum", "verifying example.com/dep@v1.0.0/go.mod: checksum mismatch\n\tdownloaded: h1:a\n\nSECURITY ERROR\nThis download\n", "example.com/dep@v1.0.0 hash"},
		{"a package that is nowhere", "broken.go:3:8: no required module provides package example.com/x; to add it:\n\tgo get example.com/x\n", "broken.go:3:8: no required module provides package example.com/x"},
		{"a time is no version", "x@10:00: y", "x@10:00: y"},
	}
	provider := func(pkg string) (module.Version, bool) {
		return module.Version{Path: "example.com/dep", Version: "v1.2.3"}, strings.HasPrefix(pkg, "example.com/dep/")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			missing, lines := parseSaid(tt.text, provider)
			for _, m := range missing {
				lines = append(lines, m.mod.String()+" "+m.what)
			}
			if diff := cmp.Diff(tt.want, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
