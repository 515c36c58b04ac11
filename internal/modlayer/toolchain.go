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

// AsksFor returns the toolchain that the merged modfile asks for and the module's
// go.mod does not, or "". It is an error if a layer asks for an older one than the
// toolchain line of that: [NewBuild] refuses it, [Stack.Merge] does not.
func (m *Merged) AsksFor(gomod []byte) (toolchain string, err error) {
	plain, err := parseWhole("go.mod", gomod)
	if err != nil {
		return "", err
	}
	return m.toolchain(plain)
}

// toolchain is AsksFor. The go command chooses the toolchain by go.mod itself,
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
