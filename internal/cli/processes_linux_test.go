package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/goproxytest"
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/testgo"
)

// processes are the programs that each command may start, in a repository that
// wants it to start others: goshim itself, the real go, the tools of its GOROOT
// (compile, link, …), the C compiler in PATH, and git. A command that is not here fails the test, so that
// whoever adds one has to say what it starts.
//
// The arguments are those of one call; a command whose point is to change the
// machine, or to run what it is given, has --help.
var processes = map[string]struct{ args, may string }{
	"goshim":                       {"", ""},
	"goshim check":                 {"", ""},
	"goshim ci":                    {"", ""},
	"goshim ci gate":               {"--env prod --keep-going", "goshim go tools cc git"},
	"goshim completion":            {"", ""},
	"goshim completion bash":       {"", ""},
	"goshim completion fish":       {"", ""},
	"goshim completion powershell": {"", ""},
	"goshim completion zsh":        {"", ""},
	"goshim diff":                  {"dev prod", "go"},
	"goshim env":                   {"", ""},
	"goshim env list":              {"", ""},
	"goshim env show":              {"", ""},
	"goshim env use":               {"dev", ""},
	"goshim explain":               {"go build ./...", ""},
	"goshim freeze":                {"--env prod --dry-run", "go"},
	"goshim go":                    {"list ./...", "go"},
	"goshim goroot":                {"", ""},
	"goshim init":                  {"", ""},
	"goshim inject":                {"", ""},
	"goshim inject scaffold":       {"", ""},
	"goshim inject verify":         {"app --env prod", ""},
	"goshim netns":                 {"--help", ""},
	"goshim offline":               {"", ""},
	"goshim offline check":         {"--env prod", "go"},
	"goshim override":              {"", ""},
	"goshim override add":          {"example.com/dep=./sub --env dev", "go"},
	"goshim override drop":         {"example.com/dep --env dev", "go"},
	"goshim override list":         {"", ""},
	"goshim pins":                  {"--env prod", "go"},
	"goshim private":               {"example.com/dep", ""},
	"goshim promote":               {"dev prod", "go"},
	"goshim prove":                 {"app --env prod", "go cc"},
	"goshim proxy":                 {"", ""},
	"goshim proxy check":           {"", ""},
	"goshim proxy show":            {"", ""},
	"goshim proxy status":          {"", ""},
	"goshim real":                  {"", ""},
	"goshim relay":                 {"", ""},
	"goshim relay status":          {"", ""},
	"goshim relay stop":            {"", ""},
	"goshim repair":                {"--dry-run", "go"},
	"goshim repro":                 {"--env prod ./nowhere", "goshim go git"},
	"goshim route":                 {"example.com/dep", ""},
	"goshim schema":                {"", ""},
	"goshim setup":                 {"--help", ""},
	"goshim snapshot":              {"", ""},
	"goshim snapshot diff":         {"--env prod", "go"},
	"goshim snapshot restore":      {"--env prod", "go"},
	"goshim snapshot verify":       {"--env prod", "go"},
	"goshim snapshot write":        {"--env prod", "go"},
	"goshim status":                {"", ""},
	"goshim sum":                   {"", ""},
	"goshim sum audit":             {"", ""},
	"goshim sum diagnose":          {"example.com/dep@v1.0.0", "git"},
	"goshim sum explain":           {"example.com/dep", "git"},
	"goshim sum lint":              {"", ""},
	"goshim sumdb":                 {"", ""},
	"goshim sumdb explain":         {"", ""},
	"goshim toolexec":              {"--help", ""},
	"goshim trust":                 {"--show", ""},
	"goshim untrust":               {"", ""},
	"goshim use":                   {"dev", ""},
	"goshim vendor":                {"", ""},
	"goshim vendor check":          {"--env prod", "git"},
	"goshim vendor compare":        {"--env prod", "go"},
	"goshim vendor coverage":       {"--env prod", ""},
	"goshim vendor sync":           {"--env prod", "go"},
	"goshim vendor why":            {"example.com/dep --env prod", ""},
	"goshim verify":                {"--env prod", "git"},
	"goshim verify git-clean":      {"", "git"},
	"goshim verify gosum":          {"", ""},
	"goshim verify modcache":       {"", ""},
	"goshim verify vendor":         {"--env prod", ""},
	"goshim version":               {"", ""},
	"goshim warm":                  {"--build --env prod", "goshim go tools"},
}

// TestProcesses runs every command in a repository from a stranger, that names a
// program wherever one can be named, and lists the processes by what the system
// says of them (ptrace), of the children of children too.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command")
	}
	w := newHostile(t)
	if _, err := trace(w.env, w.dir, "/bin/true"); err != nil {
		t.Skip("no process can be traced here: ", err)
	}
	listed := make(map[string]bool)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if path := cmd.CommandPath(); cmd.Runnable() {
			listed[path] = true
			row, ok := processes[path]
			if !ok {
				t.Errorf("%s is not in the list of the processes that commands start", path)
				return
			}
			t.Run(strings.ReplaceAll(path, " ", "_"), func(t *testing.T) { w.try(t, path, row.args, strings.Fields(row.may)) })
		}
	}
	walk((&App{Stdout: os.Stdout, Stderr: os.Stderr}).root())
	for path := range processes {
		if !listed[path] {
			t.Errorf("there is no command %s", path)
		}
	}
}

// A hostile is a repository from a stranger.
type hostile struct {
	dir    string // of the checkout
	bin    string // of goshim and the shim
	goroot string
	env    []string
	ran    string // a file that is there once something of the repository has run
}

func newHostile(t *testing.T) *hostile {
	for _, program := range []string{"git", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program)
		}
	}
	base := t.TempDir()
	w := &hostile{dir: filepath.Join(base, "m"), bin: filepath.Join(base, "bin"), ran: filepath.Join(base, "ran")}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	w.goroot = strings.TrimSpace(string(out))
	build := exec.Command("go", "build", "-o", w.bin+"/", "../../cmd/goshim", "../../cmd/go")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	proxy := goproxytest.NewTestServer(t, filepath.Join("..", "..", "testscript", "testdata", "mod"), "")
	home := filepath.Join(base, "home")
	testgo.Removable(t, home)
	w.env = []string{
		"PATH=" + w.bin + ":" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + base, "GOSHIM_CEILING=" + base,
		"GOSHIM_REAL_GO=" + filepath.Join(w.goroot, "bin", "go"), "GOPROXY=" + proxy.URL, "GOSUMDB=off", "GOTOOLCHAIN=local",
		"GOTELEMETRY=off", "GOFLAGS=", "CGO_ENABLED=0", "GOPATH=" + filepath.Join(home, "go"), "GOCACHE=" + goCache(t),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(home, "gitconfig"),
	}
	w.write(t, home+"/gitconfig", "[user]\n\tname = Gopher\n\temail = gopher@example.com\n[init]\n\tdefaultBranch = main\n")
	w.populate(t)
	return w
}

// goCache returns the build cache of this test, so that not all of the standard
// library is built once more.
func goCache(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (w *hostile) write(t *testing.T, path, text string) {
	t.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.dir, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
}

func (w *hostile) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// populate writes the repository.
func (w *hostile) populate(t *testing.T) {
	canary := `os.WriteFile("` + w.ran + `", []byte(os.Args[0]), 0o666)`
	evil := "#!/bin/sh\necho \"$0 $*\" >>" + w.ran + "\nexit 1\n"
	files := map[string]string{
		"go.mod":           "module example.com/app\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n",
		"main.go":          "package main\n\nimport (\n\t\"os\"\n\n\t_ \"example.com/dep\"\n)\n\n//go:generate ./evil.sh\n\nvar version string\n\nfunc init() { " + canary + " }\n\nfunc main() { println(version) }\n",
		"main_test.go":     "package main\n\nimport \"os\"\n\nfunc init() { " + canary + " }\n",
		"goshim_policy.go": "package main\n",
		"go.dev.mod":       "require example.com/dep v1.1.0\n",
		"sub/go.mod":       "module example.com/dep\n\ngo 1.24\n",
		"sub/dep.go":       "package dep\n\nconst Version = \"x\"\n",
		".gitattributes":   "* filter=evil diff=evil merge=evil\n",
		".gitignore":       "app\n",
		".envrc":           "./evil.sh\n",
		"evil.sh":          evil, "go": evil, "git": evil, "gcc": evil, "goshim": evil, "toolexec/compile": evil,
		"goshim.toml": `version = 1
default = "dev"
[common.vars]
CC = "./gcc"
GOAUTH = "./evil.sh"
[common.flags]
build = ["-toolexec=./evil.sh"]
list = ["-toolexec=./evil.sh"]
[env.dev]
modfile = "go.dev.mod"
prewarm = "background"
[env.prod]
mod = "vendor"
protected = false
[env.prod.inject]
"main.version" = "{git.describe}"
`,
	}
	for name, text := range files {
		w.write(t, name, text)
	}
	realGo := filepath.Join(w.goroot, "bin", "go")
	w.run(t, realGo, "mod", "tidy")
	w.run(t, filepath.Join(w.bin, "goshim"), "vendor", "sync", "--env", "prod", "--no-tidy")
	w.run(t, realGo, "build", "-o", "app", ".")
	w.run(t, "git", "init", "--quiet")
	w.run(t, "git", "add", "--force", ".")
	w.run(t, "git", "commit", "--quiet", "-m", "first")
	script := filepath.Join(w.dir, "evil.sh")
	for key, value := range map[string]string{
		"core.fsmonitor": script, "core.hooksPath": w.dir, "core.sshCommand": script, "core.pager": script, "core.editor": script, "core.askPass": script,
		"filter.evil.clean": script, "filter.evil.smudge": script, "filter.evil.process": script, "filter.evil.required": "true",
		"diff.evil.textconv": script, "diff.evil.command": script, "diff.external": script, "merge.evil.driver": script, "credential.helper": script,
		"log.showSignature": "true", "gpg.program": script, "gpg.ssh.program": script, "uploadpack.packObjectsHook": script, "alias.status": "!" + script,
	} {
		w.run(t, "git", "config", key, value)
	}
	for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman", "pre-commit"} {
		w.write(t, ".git/hooks/"+hook, evil)
		w.write(t, hook, evil)
	}
	os.Remove(w.ran)
}

// try runs a command and wants it to start nothing but what it may.
func (w *hostile) try(t *testing.T, path, args string, may []string) {
	words := append(strings.Fields(path)[1:], strings.Fields(args)...)
	started, err := trace(w.env, w.dir, filepath.Join(w.bin, "goshim"), words...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range started[min(1, len(started)):] {
		if kind := w.kind(p.path, p.args); !slices.Contains(may, kind) {
			t.Errorf("goshim %s starts %s (%s): %q", strings.Join(words, " "), p.path, kind, p.args)
		}
	}
	if data, err := os.ReadFile(w.ran); err == nil {
		t.Errorf("goshim %s ran %s", strings.Join(words, " "), data)
		os.Remove(w.ran)
	}
}

// kind returns what kind of program the one at a path is, started with arguments.
func (w *hostile) kind(path string, args []string) string {
	in := func(dir string) bool { return strings.HasPrefix(path, dir+"/") }
	switch {
	case in(w.dir):
		return "the repository's"
	case in(w.bin):
		return "goshim"
	case path == filepath.Join(w.goroot, "bin", "go"):
		return "go"
	case in(filepath.Join(w.goroot, "pkg", "tool")):
		return "tools"
	case in("/usr") && strings.HasPrefix(filepath.Base(path), "git"), len(args) > 2 && strings.HasPrefix(args[2], "git-upload-pack "):
		return "git" // which starts the other end of a clone by a shell
	case in("/usr") && len(args) > 0 && args[0] == "gcc":
		return "cc" // go env asks it for what it can
	}
	return "another's"
}

// A started is a process that was started.
type started struct {
	path string
	args []string
}

// Options of ptrace, and the flag of wait4 for the children of this thread alone.
const (
	traceOptions = syscall.PTRACE_O_TRACEEXEC | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK | syscall.PTRACE_O_TRACECLONE | 0x100000 // EXITKILL
	ofThread     = 0x20000000                                                                                                                     // __WNOTHREAD
)

// trace runs a program to its end and returns all programs that it and its
// children executed, itself first. What is left then is killed.
func trace(env []string, dir, path string, args ...string) (all []started, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = dir, env, &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	main := cmd.Process.Pid
	defer time.AfterFunc(5*time.Minute, func() { syscall.Kill(main, syscall.SIGKILL) }).Stop()
	note := func(pid int) {
		exe, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
		line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		all = append(all, started{exe, strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")})
	}
	pids := make(map[int]bool)
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, syscall.WALL|ofThread, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return all, nil // there are no more
		}
		if ws.Exited() || ws.Signaled() {
			delete(pids, pid)
			if pid == main {
				for pid := range pids {
					syscall.Kill(pid, syscall.SIGKILL)
				}
			}
			continue
		}
		signal := ws.StopSignal()
		switch {
		case pid == main && !pids[pid]: // the execve of the program itself
			note(pid)
			if err := syscall.PtraceSetOptions(pid, traceOptions); err != nil {
				syscall.Kill(pid, syscall.SIGKILL)
				return nil, err
			}
			signal = 0
		case ws.TrapCause() == syscall.PTRACE_EVENT_EXEC:
			note(pid)
			signal = 0
		case signal == syscall.SIGTRAP, signal == syscall.SIGSTOP:
			signal = 0
		}
		pids[pid] = true
		syscall.PtraceCont(pid, int(signal))
	}
}
