package install

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/textfile"
)

// modulePath is the module that both binaries are built from.
const modulePath = "github.com/goshim/goshim"

// A source is where the binaries are built from: a tree, or a version of the
// module. The zero source builds nothing: the installed ones stay.
type source struct {
	tree    string
	version string
}

func (s source) String() string {
	switch {
	case s.tree != "":
		return s.tree
	case s.version != "":
		return modulePath + "@" + s.version
	}
	return ""
}

// findSource returns the source tree around the working directory or, outside
// of one, the version that this program was built from. The installed goshim
// knows no better one than itself.
func (in *Installer) findSource(l Layout) (source, error) {
	if root := gomod.Root(in.Dir); root != "" {
		data, err := textfile.Read(filepath.Join(root, "go.mod"), textfile.Max)
		if err == nil && modfile.ModulePath(data) == modulePath {
			return source{tree: root}, nil
		}
	}
	if isSameFile(in.Self, l.Companion()) && exists(l.Shim()) {
		return source{}, nil
	}
	if v := ownVersion(); v != "" {
		return source{version: v}, nil
	}
	return source{}, &diag.Error{
		Msg:  "this goshim does not know the version that it was built from",
		Hint: "run it in the source tree: go run ./cmd/goshim setup",
	}
}

// ownVersion returns the module version that this program was built from, or
// "" if it was built from a work tree.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != modulePath || info.Main.Sum == "" {
		return ""
	}
	return strings.TrimSuffix(info.Main.Version, "(devel)")
}

func isSameFile(a, b string) bool {
	ai, aerr := os.Stat(a)
	bi, berr := os.Stat(b)
	return aerr == nil && berr == nil && os.SameFile(ai, bi)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
