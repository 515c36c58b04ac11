package shim

import (
	"go/version"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
)

// This file foresees the switch to another toolchain, which replaces GOROOT.
// It follows cmd/go/internal/toolchain.Select. After that, the commands that
// start programs do not switch any more, but for a run of p@v, whose go.mod is
// not here to be read.

// switched returns the go command that does the work in the end: the real
// one, or that of the toolchain which it would switch to. One that would have
// to be downloaded first is an error. What the real go will refuse is left to
// it.
func (p *planner) switched() (RealGo, error) {
	setting, _ := p.env.Effective("GOTOOLCHAIN")
	name, follows := p.selectToolchain(setting)
	if follows && p.typed.AtVersion() {
		p.env.Set("GOTOOLCHAIN", orLocal(name), p.policy.Nested.Pos)
	}
	if name == "" {
		return p.real, nil
	}
	if path := p.inPath(name); path != "" {
		return p.toolchainAt(name, path)
	}
	if setting == "path" || strings.HasSuffix(setting, "+path") {
		return p.real, nil
	}
	root := p.cachedToolchain(name)
	if !isReady(root) {
		return RealGo{}, &diag.Error{
			Msg:  "this go command would switch to " + name + ", which is not in the module cache",
			Hint: "go env GOVERSION, run here, fetches it",
		}
	}
	return RealGo{filepath.Join(root, "bin", "go"+exeSuffix()), "the module cache", root}, nil
}

func orLocal(name string) string {
	if name == "" {
		return "local"
	}
	return name
}

// selectToolchain returns the name of the toolchain that the real go switches
// to, or "" if it does not, and whether what GOTOOLCHAIN says lets it follow a
// go.mod.
func (p *planner) selectToolchain(setting string) (name string, follows bool) {
	if setting == "" || !p.modulesEnabled() {
		return "", false
	}
	local := p.real.Version()
	name = local
	mode := setting
	if setting != "auto" && setting != "path" {
		least, suffix, _ := strings.Cut(setting, "+")
		if least != "local" {
			if fromToolchain(least) == "" {
				return "", false
			}
			name = least
		}
		mode = suffix
	}
	if follows = mode == "auto" || mode == "path"; follows {
		name = p.raise(name)
	}
	if name == local {
		name = ""
	}
	return name, follows
}

// raise returns the toolchain that the go.work or go.mod in force asks for, if
// it is newer than the named one.
func (p *planner) raise(name string) string {
	file := p.versionFile()
	data, err := textfile.Read(file, textfile.Max)
	toolchain := lookup(data, "toolchain")
	if err != nil || toolchain == "default" {
		return name
	}
	least := fromToolchain(name)
	if least == "" {
		least = "go1.999" // a development tree, which has no file VERSION
	}
	if v := fromToolchain(toolchain); version.Compare(v, least) > 0 {
		name, least = toolchain, v
	}
	if v := lookup(data, "go"); version.Compare("go"+v, least) > 0 {
		name = gomod.Toolchain(v)
	}
	return name
}

// versionFile returns the go.work or go.mod by which the go command chooses a
// toolchain, or "".
func (p *planner) versionFile() string {
	file := p.workspaceFile()
	if _, err := os.Stat(file); err == nil { // not one that go work init is to write
		return file
	}
	if root := p.moduleRoot(); root != "" {
		return filepath.Join(root, "go.mod")
	}
	return ""
}

// modulesEnabled reports whether the go command works with modules
// (cmd/go/internal/modload.State.WillBeEnabled).
func (p *planner) modulesEnabled() bool {
	switch on, _ := p.env.Effective("GO111MODULE"); on {
	case "", "on":
		return true
	case "auto":
		return p.moduleRoot() != ""
	}
	return false
}

// fromToolchain returns the version in the name of a toolchain, such as go1.26.8
// of go1.26.8-custom, or "" (cmd/go/internal/gover.FromToolchain).
func fromToolchain(name string) string {
	v := name
	if i := strings.IndexAny(v, " \t-"); i >= 0 {
		v = v[:i]
	}
	if strings.ContainsAny(name, `\/`) || !version.IsValid(v) {
		return ""
	}
	return v
}

// lookup returns the value of the first line of a go.mod or go.work with the
// key, however broken the rest is (cmd/go/internal/gover.GoModLookup).
func lookup(data []byte, key string) string {
	for line := range strings.Lines(string(data)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), key)
		if ok && strings.TrimLeft(rest, " \t") != rest {
			rest, _, _ = strings.Cut(rest, "//")
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// toolchainAt returns the go command behind a command in PATH that has the
// name of a toolchain. It is a link into a GOROOT, or a program that
// golang.org/dl installs: that one runs a toolchain in the folder sdk.
func (p *planner) toolchainAt(name, path string) (RealGo, error) {
	root := toolchainRoot(path)
	if root == "" {
		sdk := filepath.Join(userdir.Home(p.env.Get), "sdk", name)
		if versionOf(sdk) == name {
			root = sdk
		}
	}
	if root == "" {
		return RealGo{}, &diag.Error{
			Msg:  "this go command would switch to " + path + ", which does not lie in a GOROOT",
			Hint: "put a link to the toolchain's bin/go in its place",
		}
	}
	return RealGo{filepath.Join(root, "bin", "go"+exeSuffix()), "PATH", root}, nil
}

// isReady reports whether a toolchain in the module cache can be run. The go
// command makes it so on its first use: modules have no executable files, and
// no go.mod below their root (cmd/go/internal/toolchain.Exec).
func isReady(root string) bool {
	info, err := os.Stat(filepath.Join(root, "bin", "go"+exeSuffix()))
	if err != nil || !isExecutable(info) {
		return false
	}
	packed, err := os.Stat(filepath.Join(root, "src", "_go.mod"))
	if err != nil {
		return true
	}
	unpacked, err := os.Stat(filepath.Join(root, "src", "go.mod"))
	return err == nil && unpacked.Size() == packed.Size()
}
