package modlayer

import (
	"go/version"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
)

// wanted returns the toolchain that a modfile asks for: that of its toolchain
// line or go line, whichever is newer; "" if it asks for none.
func wanted(f *modfile.File) string {
	want := ""
	if f.Go != nil {
		want = gomod.Toolchain(f.Go.Version)
	}
	if f.Toolchain != nil && version.Compare(f.Toolchain.Name, want) > 0 {
		want = f.Toolchain.Name
	}
	return want
}

// CheckToolchain returns the error of a layer that asks for an older toolchain
// than the toolchain line of the module's go.mod. [NewBuild] refuses it, [Stack.Merge]
// does not.
func (m *Merged) CheckToolchain(gomod []byte) error {
	plain, err := parseWhole("go.mod", gomod)
	if err != nil {
		return err
	}
	_, err = m.toolchain(plain)
	return err
}

// toolchain returns the toolchain that the merged modfile asks for and go.mod
// does not, or "". The go command chooses the toolchain by go.mod itself,
// without an overlay: that a layer asks for an older one than its toolchain
// line says could not have an effect.
func (m *Merged) toolchain(gomod *modfile.File) (string, error) {
	want := wanted(m.file)
	if version.Compare(want, wanted(gomod)) > 0 {
		return want, nil
	}
	if gomod.Toolchain == nil || version.Compare(gomod.Toolchain.Name, want) <= 0 {
		return "", nil
	}
	pos, ok := m.changed[id{verb: "toolchain"}]
	if !ok {
		return "", nil
	}
	return "", &diag.Error{
		Pos:  pos,
		Msg:  "a layer cannot choose a toolchain older than " + gomod.Toolchain.Name + ", which go.mod asks for: the go command reads that line itself",
		Hint: "lower it in go.mod, or choose the toolchain in goshim.toml",
	}
}
