package shim

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/policy"
)

// applyMod gives -mod to the commands that load packages of the module in
// force. It stands on the command line, never in GOFLAGS, where it would break
// the commands that cannot take it.
func (p *planner) applyMod() error {
	mod := p.policy.Mod
	if mod.Value == "vendor" && p.runsModuleTool() {
		return p.checkVendor() // go tool has no -mod, and takes vendor/ if it is there
	}
	if !mod.IsSet() || !p.loadsPackages() {
		return nil
	}
	if mod.Value == "auto" {
		return p.leaveStaleVendor()
	}
	if on, _ := p.env.Effective("GO111MODULE"); on == "off" {
		if mod.Forced {
			return &diag.Error{Pos: mod.Pos, Msg: "-mod=" + mod.Value + " is forced, but GO111MODULE=off", Hint: "unset GO111MODULE"}
		}
		p.yields(YieldsBuild, mod.Pos, "-mod="+mod.Value+" not added: GO111MODULE=off")
		return nil
	}
	value, why := p.modValue()
	if value == "" {
		p.because(mod.Pos, "-mod="+mod.Value+" not added: "+why)
		return nil
	}
	if _, _, typed := p.typedFlag("mod"); value == "vendor" && !typed {
		if err := p.checkVendor(); err != nil {
			return err
		}
	}
	err := p.addFlag(policy.String{Value: "-mod=" + value, Pos: mod.Pos, Forced: mod.Forced})
	if err == nil && why != "" {
		p.because(mod.Pos, "-mod="+value+" instead of -mod="+mod.Value+": "+why)
	}
	return err
}

// runsModuleTool reports whether the command is a go tool that is built from the
// module or the workspace, and not one of the toolchain's, which come first
// (cmd/go/internal/tool.runTool). Of a wrapper, those are not known: then the tool
// lines of go.mod decide.
func (p *planner) runsModuleTool() bool {
	if p.typed.Words != "tool" || len(p.typed.Args) == 0 || !p.modulesEnabled() || !p.inModule() {
		return false
	}
	name := p.typed.Args[0]
	if root := effectiveRoot(p.real, p.env); root != "" {
		return !isBuiltinTool(root, name)
	}
	data, err := textfile.Read(filepath.Join(p.moduleRoot(), "go.mod"), 16<<20)
	return err == nil && slices.ContainsFunc(strings.Fields(string(data)), func(word string) bool {
		pkg := strings.Trim(word, "\"`")
		return strings.Contains(pkg, "/") && (pkg == name || programName(pkg) == name)
	})
}

// programName returns the last element of an import path that is not a major
// version (cmd/go/internal/load.DefaultExecName).
func programName(pkg string) string {
	name := path.Base(pkg)
	if major, ok := strings.CutPrefix(name, "v"); ok && major != "" && strings.Trim(major, "0123456789") == "" {
		return path.Base(path.Dir(pkg))
	}
	return name
}

// isBuiltinTool reports whether the toolchain has the tool, or its source.
func isBuiltinTool(root, name string) bool {
	if strings.ContainsAny(name, `/\`) {
		return false
	}
	for _, file := range []string{
		filepath.Join(root, "src", "cmd", name),
		filepath.Join(root, "pkg", "tool", runtime.GOOS+"_"+runtime.GOARCH, name+exeSuffix()),
	} {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}

// loadsPackages reports whether -mod has its full meaning for the command.
// For generate it is the packages that are loaded, for clean and fmt it is
// not worth a refusal.
func (p *planner) loadsPackages() bool {
	return p.typed.Spec.Applies("mod") || p.typed.Words == "generate"
}

// modValue returns the -mod value for the command, and why it is not the
// policy's. It is "" if the command can take none.
func (p *planner) modValue() (value, why string) {
	value = p.policy.Mod.Value
	switch {
	case p.typed.AtVersion() && value == "vendor":
		return "", "the command ignores the module around it"
	case p.moduleRoot() == "" && p.workspaceFile() == "":
		return "", "not in a module"
	case value == "mod" && p.workspaceFile() != "":
		return "readonly", "a workspace takes only readonly or vendor"
	case value == "vendor" && asksAboutModules(p.meant()):
		return "readonly", "vendor/ cannot answer questions about modules"
	}
	return value, ""
}

// TakesVendor reports whether vendor/ can answer the command, which says nothing
// about it itself.
func TakesVendor(cmd *gocmd.Command) bool {
	return cmd.Spec != nil && cmd.Spec.Applies("mod") && !cmd.AtVersion() && !cmd.Has("mod") && !asksAboutModules(cmd)
}

// asksAboutModules reports whether the command is a list -m that vendor mode
// refuses (cmd/go/internal/modload.listModules).
func asksAboutModules(cmd *gocmd.Command) bool {
	if cmd.Words != "list" || !cmd.Bool("m") {
		return false
	}
	return cmd.Bool("u") || cmd.Bool("versions") || cmd.Bool("retracted") ||
		slices.ContainsFunc(cmd.Args, func(arg string) bool {
			return arg == "all" || strings.Contains(arg, "@") || strings.Contains(arg, "...")
		})
}

func (p *planner) moduleRoot() string { return gomod.Root(p.dir) }

// workspaceFile returns the go.work in force, or "".
func (p *planner) workspaceFile() string {
	gowork, _ := p.env.Effective("GOWORK")
	return gomod.Workspace(p.dir, gowork)
}

// checkVendor refuses a build that is to use vendor/ where there is none. A
// module that requires nothing needs none: `go mod vendor` makes none for it.
func (p *planner) checkVendor() error {
	root, create := p.moduleRoot(), "go mod vendor"
	if work := p.workspaceFile(); work != "" {
		root, create = filepath.Dir(work), "go work vendor"
	}
	if info, err := os.Stat(filepath.Join(root, "vendor")); err == nil && info.IsDir() {
		return p.checkVendorKind(root, create)
	}
	if data, err := textfile.Read(filepath.Join(root, "go.mod"), textfile.Max); err == nil && create == "go mod vendor" && !requires(data) {
		return nil
	}
	return &diag.Error{
		Pos:  p.policy.Mod.Pos,
		Msg:  `mod = "vendor", but there is no vendor directory in ` + root,
		Hint: create,
	}
}

// requires reports whether a go.mod requires a module.
func requires(data []byte) bool {
	for line := range bytes.Lines(data) {
		rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("require"))
		if ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t(")) {
			return true
		}
	}
	return false
}

// checkVendorKind refuses a vendor directory of the other kind: that of a
// module in a workspace, or the reverse. The first line of modules.txt tells
// (cmd/go/internal/modload.checkVendorConsistency).
func (p *planner) checkVendorKind(root, create string) error {
	vendor := filepath.Join(root, "vendor")
	if _, err := os.Stat(filepath.Join(vendor, "modules.txt")); err != nil {
		return nil // the go command says what it misses
	}
	ofWorkspace := vendorsWorkspace(vendor)
	if ofWorkspace == (create == "go work vendor") {
		return nil
	}
	kind := "a module"
	if ofWorkspace {
		kind = "a workspace"
	}
	return &diag.Error{
		Pos:  p.policy.Mod.Pos,
		Msg:  `mod = "vendor", but the vendor directory in ` + root + " is that of " + kind,
		Hint: create,
	}
}
