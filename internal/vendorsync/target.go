package vendorsync

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/shim"
)

// TargetOf returns the module in the directory of the invocation as
// [shim.ModuleOf] does, or, in a workspace where no module is around the directory,
// the workspace's first.
func TargetOf(inv shim.Invocation, env string) (*shim.Target, error) {
	if gomod.Root(inv.Dir) == "" {
		vars := envset.New(inv.Env)
		gowork, _ := vars.Effective("GOWORK")
		if file := gomod.Workspace(inv.Dir, gowork); file != "" {
			if dir := firstMember(file); dir != "" {
				vars.Set("GOWORK", file, diag.Pos{})
				inv.Dir, inv.Env = dir, vars.Environ()
			}
		}
	}
	return shim.ModuleOf(inv, env)
}

// firstMember returns the directory of the first module of a workspace, or "". The
// go command says what is wrong with a go.work.
func firstMember(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil || len(work.Use) == 0 {
		return ""
	}
	return modgraph.Abs(filepath.Dir(file), work.Use[0].Path)
}
