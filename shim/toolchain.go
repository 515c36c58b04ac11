package shim

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// applyToolchain sets GOTOOLCHAIN. A plain version, such as go1.26.8, is also
// a promise: if neither the real go nor a toolchain that lies ready has it,
// that is an error which names both, and not a download.
func (p *planner) applyToolchain() error {
	s := p.policy.Toolchain
	if !s.IsSet() {
		return nil
	}
	if !isVersion(s.Value) || p.real.Root == "" { // of a wrapper, nothing is known
		p.setString("GOTOOLCHAIN", s, s.Value)
		return nil
	}
	caller := p.env.Get("GOTOOLCHAIN")
	if version, _, _ := strings.Cut(caller, "+"); isVersion(version) && version != s.Value {
		return p.mismatch("GOTOOLCHAIN=" + caller)
	}
	have := p.real.Version()
	ready := have == s.Value || (caller == "" || s.Forced) && (p.fetching || p.hasToolchain(s.Value))
	if !ready {
		return p.mismatch("the real go, " + p.real.Path + ", is " + have)
	}
	p.setString("GOTOOLCHAIN", s, s.Value)
	return nil
}

func isVersion(toolchain string) bool {
	return strings.HasPrefix(toolchain, "go") && !strings.Contains(toolchain, "+")
}

func (p *planner) mismatch(have string) error {
	want := p.policy.Toolchain
	return &diag.Error{
		Pos:  want.Pos,
		Msg:  "toolchain " + want.Value + " is required, but " + have,
		Hint: "install " + want.Value + `, or let go download it: toolchain = "` + want.Value + `+auto"`,
	}
}

// versionOf returns the version of a toolchain as its GOROOT says, or
// "unknown". The file's first line is the version (cmd/dist).
func versionOf(root string) string {
	if root == "" {
		return "unknown"
	}
	file, err := os.Open(filepath.Join(root, "VERSION"))
	if err != nil {
		return "unknown"
	}
	defer file.Close()
	line := bufio.NewScanner(file)
	line.Scan()
	return line.Text()
}

// hasToolchain reports whether the go command can switch to the toolchain
// without a download: by a command of that name in PATH, or from the module
// cache (cmd/go/internal/toolchain.Exec).
func (p *planner) hasToolchain(name string) bool {
	if p.inPath(name) != "" {
		return true
	}
	info, err := os.Stat(p.cachedToolchain(name))
	return err == nil && info.IsDir()
}

// inPath returns the path of the command in PATH, or "".
func (p *planner) inPath(name string) string {
	for _, dir := range filepath.SplitList(p.env.Get("PATH")) {
		path := filepath.Join(dir, name+exeSuffix())
		if info, err := os.Stat(path); err == nil && isExecutable(info) {
			return path
		}
	}
	return ""
}

// cachedToolchain returns where in the module cache the toolchain lies, if it
// is there.
func (p *planner) cachedToolchain(name string) string {
	module := "toolchain@v0.0.1-" + name + "." + runtime.GOOS + "-" + runtime.GOARCH
	return filepath.Join(ModuleCache(p.env), "golang.org", module)
}

// ModuleCache returns GOMODCACHE as the go command finds it.
func ModuleCache(env *envset.Set) string {
	if dir, _ := env.Effective("GOMODCACHE"); dir != "" {
		return dir
	}
	gopath, _ := env.Effective("GOPATH")
	if list := filepath.SplitList(gopath); len(list) > 0 {
		return filepath.Join(list[0], "pkg", "mod")
	}
	return filepath.Join(userdir.Home(env.Get), "go", "pkg", "mod")
}
