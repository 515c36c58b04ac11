//go:build unix

package cacheverify

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modstore"
)

// TestPipe has a named pipe, which is never read to its end, in the place of each
// file of a module.
func TestPipe(t *testing.T) {
	w := newWorld(t)
	names := []string{file(dep, modstore.Zip), file(dep, modstore.ZipHash), file(dep, modstore.Mod), file(dep, modstore.Info), unpacked(dep, "dep.go")}
	for _, name := range names {
		w.remove(name)
		w.do(syscall.Mkfifo(filepath.Join(w.cache, name), 0o666))
	}
	r := w.verify(Options{})
	if diff := cmp.Diff([]Bad{{Module: dep, Parts: parts[:5]}}, []Bad{{Module: r.Bad[0].Module, Parts: r.Bad[0].Parts}}); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
