package shim

import (
	"bufio"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// applyToolchain sets GOTOOLCHAIN. A version, such as go1.26.8, is also a
// promise: if neither the real go nor a toolchain that lies ready has it, that
// is an error which names both, and not a download. With +auto, the version is
// the oldest one that will do.
func (p *planner) applyToolchain() error {
	s := p.policy.Toolchain
	if !s.IsSet() {
		return nil
	}
	if p.namesVersion() && p.real.Root != "" { // checkWrapper sees to a wrapper
		if err := p.checkToolchain(p.real.Version()); err != nil {
			return err
		}
	}
	p.setter().Key("GOTOOLCHAIN", s, s.Value)
	return nil
}

// namesVersion reports whether the policy asks for a version, or a newer one.
func (p *planner) namesVersion() bool { return fromToolchain(p.requiredToolchain()) != "" }

func (p *planner) requiredToolchain() string {
	want, _, _ := strings.Cut(p.policy.Toolchain.Value, "+")
	return want
}

// checkToolchain refuses a real go of version have that neither is the
// toolchain which the policy asks for, nor will switch to it.
func (p *planner) checkToolchain(have string) error {
	s, want, caller := p.policy.Toolchain, p.requiredToolchain(), p.env.Get("GOTOOLCHAIN")
	isLeast := want != s.Value
	enough := func(name string) bool {
		return name == want || isLeast && version.Compare(fromToolchain(name), fromToolchain(want)) >= 0
	}
	canSwitch := !version.IsValid(have) || version.Compare(have, "go1.21") >= 0 // a development tree is newer
	isKept := caller == "local" || !isLeast && caller != "" && caller != want
	switch named, _, _ := strings.Cut(caller, "+"); {
	case fromToolchain(named) != "" && !enough(named):
		return p.mismatch("GOTOOLCHAIN="+caller, canSwitch)
	case enough(have):
		return nil
	case isKept && !s.Forced:
		return p.mismatch("the environment has GOTOOLCHAIN="+caller+", and the real go, "+p.real.Path+", is "+have, canSwitch)
	case canSwitch && (isLeast || p.fetching || p.hasToolchain(want)):
		return nil
	default:
		return p.mismatch("the real go, "+p.real.Path+", is "+have, canSwitch)
	}
}

// mismatch returns the error for what is there instead of the toolchain. The
// hint names GOTOOLCHAIN where it is in the way, and no download to a go command
// that makes none.
func (p *planner) mismatch(have string, canSwitch bool) error {
	s, want, caller := p.policy.Toolchain, p.requiredToolchain(), p.env.Get("GOTOOLCHAIN")
	e := &diag.Error{Pos: s.Pos, Msg: "toolchain " + s.Value + " is required, but " + have}
	unset := "unset GOTOOLCHAIN"
	if caller == "local" {
		unset += ", which golang images and setup-go set"
	}
	download := `let go download it: toolchain = "` + want + `+auto"`
	switch {
	case p.policy.DeniesNetwork():
		download = "fetch it where there is a network: GOTOOLCHAIN=" + want + " go version"
	case want != s.Value:
		download = "let go download it"
	}
	switch isKept := caller != "" && caller != want; {
	case isKept && p.hasToolchain(want):
		e.Hint = unset + ": " + want + " is there"
	case isKept && canSwitch:
		e.Hint = "install " + want + ", or " + unset + ", and " + download
	case isKept:
		e.Hint = "install " + want + ", and " + unset
	case canSwitch:
		e.Hint = "install " + want + ", or " + download
	default:
		e.Hint = "install " + want + ": this go command cannot switch to it"
	}
	return e
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
