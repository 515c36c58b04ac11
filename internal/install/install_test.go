package install

import (
	"debug/buildinfo"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/goshim/goshim/internal/userdir"
)

func (in *Installer) dataBin() string { return filepath.Join(userdir.Data(in.getenv), "bin") }

// repositoryRoot is the source tree of goshim.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// newInstaller returns an installer for a user with a home of their own, who
// has the go command that runs this test and its caches, and no network.
func newInstaller(t *testing.T) (in *Installer, home string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds both binaries")
	}
	home = filepath.Join(t.TempDir(), "höme with 'spaces'")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "USERPROFILE=" + home,
		"AppData=" + filepath.Join(home, "AppData", "Roaming"), "LocalAppData=" + filepath.Join(home, "AppData", "Local"),
		"SystemRoot=" + os.Getenv("SystemRoot"), "TEMP=" + os.Getenv("TEMP"),
		"GOFLAGS=-mod=vendor", "GOOS=plan9", "GOARCH=386", "GOPROXY=off", "GOSHIM=off", "GOSHIM_ENV=nonsense",
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(out)))
	}
	return &Installer{Dir: repositoryRoot(t), Env: env, Self: "/nonexistent/goshim"}, home
}

func TestInstall(t *testing.T) {
	in, home := newInstaller(t)
	l, err := NewLayout(in.getenv)
	if err != nil {
		t.Fatal(err)
	}
	// What a setup leaves that was killed while it built.
	write(t, filepath.Join(l.Data, stagePrefix+"123", "go"), "half a binary")

	first, err := in.Install()
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, l.Record); got != first.RealGo.Path+"\n" {
		t.Errorf("the record is %q, want %q", got, first.RealGo.Path)
	}
	checkProof(t, first.Proof)
	checkNoCgo(t, l.Shim())
	checkNoCgo(t, l.Companion())
	wantFiles := []string{"bin/go" + exeSuffix(), "bin/goshim" + exeSuffix(), "env.fish", "env.sh", "setup.lock"}
	if got := without(filesBelow(t, l.Data), "policy.toml", "real-go"); !slices.Equal(got, wantFiles) {
		t.Errorf("installed %q, want %q", got, wantFiles)
	}

	t.Run("again, behind the shim", func(t *testing.T) {
		again := *in
		again.Env = append(slices.Clone(in.Env), "PATH="+l.Bin+string(os.PathListSeparator)+in.getenv("PATH"))
		again.Dir, again.Self = home, l.Companion() // no source tree: the binaries stay
		before, _ := os.Stat(l.Shim())
		second, err := again.Install()
		if err != nil {
			t.Fatal(err)
		}
		if after, _ := os.Stat(l.Shim()); !os.SameFile(before, after) {
			t.Error("the shim was replaced")
		}
		if second.RealGo.Path != first.RealGo.Path || second.Was != "" || second.Source != "" {
			t.Errorf("real go %s (was %q), source %q, want %s, no change", second.RealGo.Path, second.Was, second.Source, first.RealGo.Path)
		}
	})
	t.Run("from nowhere", func(t *testing.T) {
		lost := *in
		lost.Dir = home
		if _, err := lost.Install(); err == nil || err.Error() != "this goshim does not know the version that it was built from" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a build that fails", func(t *testing.T) { testFailedBuild(t, in, l) })
	t.Run("undo", func(t *testing.T) { testUndo(t, in, l, home) })
}

// checkNoCgo wants a program that needs no C library, so that it also starts in an
// image that has another one.
func checkNoCgo(t *testing.T, path string) {
	t.Helper()
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "0"}) {
		t.Errorf("%s was built with %v", path, info.Settings)
	}
}

func checkProof(t *testing.T, p *Proof) {
	t.Helper()
	if len(p.Runs) != 3 {
		t.Fatalf("%d runs, want 3", len(p.Runs))
	}
	for i, want := range []struct{ output, why string }{
		{"tag=dev GOTRACEBACK=all edition=workshop", "goshim.toml:5:"},
		{"tag=prod GOTRACEBACK=single edition=release", "goshim.toml:11:"},
		{`goshim.toml:14:23: go mod tidy is not allowed in environment "prod": dependencies change in dev`, ""},
	} {
		run := p.Runs[i]
		if run.Output != want.output || !strings.Contains(strings.Join(run.Why, "\n"), want.why) {
			t.Errorf("%s: %s prints %q because of %q,\nwant %q because of %q", run.Env, run.Command, run.Output, run.Why, want.output, want.why)
		}
	}
}

// testFailedBuild expects that the installed binaries are as they were.
func testFailedBuild(t *testing.T, in *Installer, l Layout) {
	broken := *in
	broken.Dir = t.TempDir()
	write(t, filepath.Join(broken.Dir, "go.mod"), "module "+modulePath+"\n")
	write(t, filepath.Join(broken.Dir, "cmd", "go", "main.go"), "package main\n\nfunc main() { undefined() }\n")
	write(t, filepath.Join(broken.Dir, "cmd", "goshim", "main.go"), "package main\n\nfunc main() {}\n")
	before := read(t, l.Shim())
	_, err := broken.Install()
	if err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("error %v, want the compiler's", err)
	}
	if read(t, l.Shim()) != before {
		t.Error("the shim has changed")
	}
	for _, file := range filesBelow(t, l.Data) {
		if strings.HasPrefix(file, stagePrefix) {
			t.Errorf("%s is left", file)
		}
	}
}

func testUndo(t *testing.T, in *Installer, l Layout, home string) {
	write(t, filepath.Join(l.State, "trust", "0123"), "x")
	write(t, filepath.Join(l.Cache, "goroot", "0123", "VERSION"), "x")
	profiles := allProfiles(in.getenv)
	for _, p := range profiles[:2] {
		activate(t, p, true)
	}
	r, err := in.Undo()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Removed) != 7 || len(r.Edited) != 2 || len(r.Kept) != 0 {
		t.Errorf("removed %q, edited %q, kept %q", r.Removed, r.Edited, r.Kept)
	}
	if left := filesBelow(t, home); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if strings.Contains(d.Name(), "goshim") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if r, err := in.Undo(); err != nil || len(r.Removed)+len(r.Edited) > 0 {
		t.Errorf("a second undo: %+v, %v", r, err)
	}
}

func TestUndoKeepsPolicy(t *testing.T) {
	home := t.TempDir()
	in := &Installer{Env: []string{"HOME=" + home, "USERPROFILE=" + home, "AppData=" + home, "LocalAppData=" + home}}
	l, err := NewLayout(in.getenv)
	if err != nil {
		t.Fatal(err)
	}
	write(t, l.Policy, "version = 1\n")
	write(t, l.Record, "/usr/local/go/bin/go\n")
	r, err := in.Undo()
	if err != nil || !slices.Equal(r.Removed, []string{l.Record}) || !slices.Equal(r.Kept, []string{l.Policy}) {
		t.Errorf("%+v, %v", r, err)
	}
	if got := read(t, l.Policy); got != "version = 1\n" {
		t.Errorf("the policy is %q", got)
	}
}

// TestUndoInSharedFolder wants what lies beside goshim's state to stay where
// one folder serves for all.
func TestUndoInSharedFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders are those of XDG")
	}
	home := t.TempDir()
	in := &Installer{Env: []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CACHE_HOME=" + home}}
	dir := filepath.Join(home, "goshim")
	for _, name := range []string{"policy.toml", "notes", "trust/record", "env/record", "goroot/0123/VERSION"} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), "")
	}
	if _, err := in.Undo(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"notes", "policy.toml"}; !slices.Equal(left, want) {
		t.Errorf("got %v left, want %v", left, want)
	}
}

// TestUndoFollowsNoLink wants what a generated GOROOT leads to to stay.
func TestUndoFollowsNoLink(t *testing.T) {
	home, goroot := t.TempDir(), t.TempDir()
	in := &Installer{Env: []string{"HOME=" + home, "USERPROFILE=" + home, "AppData=" + home, "LocalAppData=" + home}}
	l, err := NewLayout(in.getenv)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(goroot, "src", "go.mod"), "module std\n")
	write(t, filepath.Join(l.Cache, "goroot", "0123", "VERSION"), "x")
	if err := os.Symlink(filepath.Join(goroot, "src"), filepath.Join(l.Cache, "goroot", "0123", "src")); err != nil {
		t.Skip(err)
	}
	if r, err := in.Undo(); err != nil || len(r.Removed) != 1 || exists(l.Cache) {
		t.Errorf("%+v, %v", r, err)
	}
	if got := read(t, filepath.Join(goroot, "src", "go.mod")); got != "module std\n" {
		t.Errorf("go.mod is %q", got)
	}
}

func TestInstallNotWritable(t *testing.T) {
	w := newWorld(t)
	home := t.TempDir()
	in := &Installer{Dir: repositoryRoot(t), Self: "/nonexistent/goshim", Env: []string{"HOME=" + home, "PATH=" + w.path("a")}}
	if err := os.Chmod(home, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.CreateTemp(home, ""); err == nil { // we are root
		f.Close()
		os.Remove(f.Name())
		for _, name := range []string{".local", ".config", "Library"} {
			write(t, filepath.Join(home, name), "a file where a folder should be")
		}
	}
	_, err := in.Install()
	if err == nil || !strings.HasPrefix(err.Error(), "writing "+home) || runtime.GOOS == "windows" {
		t.Errorf("error %v, want one about %s", err, home)
	}
}

// Two setups at once wait for each other, and both succeed.
func TestInstallTwiceAtOnce(t *testing.T) {
	in, _ := newInstaller(t)
	errs := make(chan error)
	for range 2 {
		go func() { _, err := in.Install(); errs <- err }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// filesBelow returns the files below dir that are not the go command's own,
// as slash paths.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if rel = filepath.ToSlash(rel); !strings.Contains(rel, "go/telemetry/") {
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func without(list []string, items ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return slices.Contains(items, s) })
}
