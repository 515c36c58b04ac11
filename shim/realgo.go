package shim

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/goroot"
	"github.com/goshim/goshim/internal/userdir"
)

// A RealGo is the toolchain's go command that a plan executes.
type RealGo struct {
	Path string // absolute
	From string // how it was found: "GOSHIM_REAL_GO", "goshim setup", "PATH", …
	Root string // its GOROOT, or "" if Path does not lie in one: then it may be a wrapper
}

// RecordFile returns the file in which `goshim setup` records the path of the
// real go, or "".
func RecordFile(getenv userdir.Getenv) string {
	if dir := userdir.Policy(getenv); dir != "" {
		return filepath.Join(dir, "real-go")
	}
	return ""
}

// FindRealGo returns the go command that stands behind the shim self:
// GOSHIM_REAL_GO, the one that setup recorded, the first in PATH that is not
// a shim, and then those of GOROOT, of what lies behind a generated GOROOT in
// PATH, and of the usual places. One that is named
// and not there is an error, so that no other toolchain slips in.
func FindRealGo(self string, env *envset.Set) (RealGo, error) {
	f := finder{self: self}
	f.selfInfo, _ = os.Stat(self)
	if path := env.Get("GOSHIM_REAL_GO"); path != "" {
		return f.named(path, "GOSHIM_REAL_GO", "unset it, or name the go command of a toolchain")
	}
	if record, err := os.ReadFile(RecordFile(env.Get)); err == nil {
		return f.named(strings.TrimSpace(string(record)), "goshim setup", "goshim setup records another; GOSHIM_REAL_GO names one for now")
	}
	for _, dir := range filepath.SplitList(env.Get("PATH")) {
		if real, ok := f.unnamed(dir, "PATH"); ok {
			return real, nil
		}
	}
	if root, _ := env.Effective("GOROOT"); root != "" {
		if real, ok := f.unnamed(filepath.Join(root, "bin"), "GOROOT"); ok {
			return real, nil
		}
	}
	if f.behind != "" {
		if real, ok := f.unnamed(filepath.Join(f.behind, "bin"), "the generated GOROOT"); ok {
			return real, nil
		}
	}
	for _, dir := range usualPlaces() {
		if real, ok := f.unnamed(dir, "the usual place"); ok {
			return real, nil
		}
	}
	return RealGo{}, &diag.Error{
		Msg:  "no go command in PATH other than " + self,
		Hint: "install Go, or set GOSHIM_REAL_GO to the path of its go command",
	}
}

func usualPlaces() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{`C:\Program Files\Go\bin`, `C:\Go\bin`}
	case "darwin":
		return []string{"/usr/local/go/bin", "/opt/homebrew/bin", "/opt/local/bin"}
	}
	return []string{"/usr/local/go/bin", "/usr/lib/go/bin"}
}

type finder struct {
	self     string
	selfInfo os.FileInfo
	behind   string // the GOROOT behind the first generated one that was passed over
}

// named checks a go command that the user named. What it is is not looked
// into: a shim among them is caught by the loop guard.
func (f *finder) named(path, from, hint string) (RealGo, error) {
	fault := ""
	info, err := os.Stat(path)
	switch {
	case !filepath.IsAbs(path):
		fault = "is not an absolute path"
	case err != nil:
		fault = "is not there"
	case !isExecutable(info):
		fault = "is not an executable file"
	case os.SameFile(info, f.selfInfo):
		fault = "is goshim itself"
	case goroot.Behind(toolchainRoot(path)) != "":
		fault = "lies in a GOROOT that goshim generated"
	}
	if fault != "" {
		return RealGo{}, &diag.Error{Msg: "the real go " + strconv.Quote(path) + " (from " + from + ") " + fault, Hint: hint}
	}
	return RealGo{path, from, toolchainRoot(path)}, nil
}

// unnamed checks the go command that dir may hold. Relative directories are
// passed over, as os/exec does for safety.
func (f *finder) unnamed(dir, from string) (RealGo, bool) {
	if !filepath.IsAbs(dir) {
		return RealGo{}, false
	}
	path := filepath.Join(dir, "go"+exeSuffix())
	info, err := os.Stat(path)
	if err != nil || !isExecutable(info) {
		return RealGo{}, false
	}
	if behind := goroot.Behind(filepath.Dir(dir)); behind != "" { // the shim, of whatever build
		f.behind = cmp.Or(f.behind, behind)
		return RealGo{}, false
	}
	if os.SameFile(info, f.selfInfo) {
		return RealGo{}, false
	}
	root := toolchainRoot(path)
	if root == "" && isShim(path) {
		return RealGo{}, false
	}
	return RealGo{path, from, root}, true
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func isExecutable(info os.FileInfo) bool {
	return info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode().Perm()&0o111 != 0)
}

// toolchainRoot returns the GOROOT that the go command at path finds from its
// own place (cmd/go/internal/cfg.findGOROOT), or "".
func toolchainRoot(path string) string {
	root := func(path string) string {
		dir := filepath.Dir(filepath.Dir(path))
		if info, err := os.Stat(filepath.Join(dir, "pkg", "tool")); err == nil && info.IsDir() {
			return dir
		}
		return ""
	}
	if dir := root(path); dir != "" {
		return dir
	}
	if target, err := filepath.EvalSymlinks(path); err == nil && target != path {
		return root(target)
	}
	return ""
}

// marker stands in every build of the shim, and in no other program.
const marker = "github.com/goshim/goshim/shim: this file is a shim, not a go command"

// isShim reports whether the file is a build of the shim. Scripts are not:
// one that calls the shim is caught by the loop guard.
func isShim(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	magic := make([]byte, 2)
	if _, err := file.Read(magic); err != nil || string(magic) == "#!" {
		return false
	}
	data, err := os.ReadFile(path)
	return err == nil && bytes.Contains(data, []byte(marker))
}

// levelVar counts how often in a row a go command of ours led to another by
// way of a real go that does not lie in a GOROOT.
const levelVar = "GOSHIM_LEVEL"

// maxLevel is far above what wrappers of go nest, and low enough for a loop to
// end within a tenth of a second.
const maxLevel = 10

// guardLoop stops a real go that is a wrapper which calls go and so the shim
// again. A toolchain's own go command cannot do that, and sees no trace of
// the guard.
func guardLoop(real RealGo, env *envset.Set) error {
	if real.Root != "" {
		return nil
	}
	level, _ := strconv.Atoi(env.Get(levelVar))
	if level >= maxLevel {
		return &diag.Error{
			Msg:  "the real go " + strconv.Quote(real.Path) + " (from " + real.From + ") runs go, which is goshim again",
			Hint: "set GOSHIM_REAL_GO to the go command of a toolchain, such as /usr/local/go/bin/go",
		}
	}
	env.Set(levelVar, strconv.Itoa(level+1), diag.Pos{})
	return nil
}
