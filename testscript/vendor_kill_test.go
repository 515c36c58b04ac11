//go:build unix

package testscript

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/goproxytest"
)

// A vendorWorld is a module that needs one of two versions of a module with many
// files.
type vendorWorld struct {
	*layerWorld
	goshim string
	mods   map[string]content // go.mod and go.sum by version
	trees  map[string]string  // what vendor/ is, by version
	pairs  map[string]string  // vendor/ and vendor.sum, by version
}

const vendorFiles = 150

func newVendorWorld(t *testing.T) *vendorWorld {
	t.Helper()
	w := &vendorWorld{newLayerWorld(t), "", map[string]content{}, map[string]string{}, map[string]string{}}
	w.goshim = filepath.Join(filepath.Dir(w.shim), "goshim")
	mods := t.TempDir()
	for n, version := range []string{"v1.0.0", "v1.1.0"} {
		var b strings.Builder
		fmt.Fprintf(&b, "-- .mod --\nmodule example.com/big\n\ngo 1.20\n-- .info --\n{\"Version\":%q,\"Time\":\"2024-01-02T03:04:05Z\"}\n-- go.mod --\nmodule example.com/big\n\ngo 1.20\n", version)
		for i := range vendorFiles {
			fmt.Fprintf(&b, "-- f%03d.go --\npackage big\n\nconst C%d = %q\n", i+n*vendorFiles/2, i+n*vendorFiles/2, version+strings.Repeat("x", 2000))
		}
		if err := os.WriteFile(filepath.Join(mods, "example.com_big_"+version+".txtar"), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	w.env = append(w.env, "GOPROXY="+goproxytest.NewTestServer(t, mods, "").URL)
	for _, name := range []string{"goshim.toml", "go.staging.mod", "go.dev.mod", "go.sum"} {
		os.Remove(w.path(name))
	}
	w.write("main.go", "package main\n\nimport \"example.com/big\"\n\nfunc main() { println(big.C100) }\n")
	for _, version := range []string{"v1.0.0", "v1.1.0"} {
		w.write("go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/big "+version+"\n")
		os.Remove(w.path("go.sum"))
		w.must("", "mod", "tidy")
		w.mods[version] = content{files: map[string]string{"go.mod": w.read("go.mod"), "go.sum": w.read("go.sum")}}
		w.sync()
		w.trees[version], w.pairs[version] = w.tree("vendor"), w.tree("vendor", "vendor.sum")
	}
	return w
}

// command returns a goshim command in a process group of its own.
func (w *vendorWorld) command(args ...string) *exec.Cmd {
	cmd := w.layerWorld.command("", args...)
	cmd.Path, cmd.Args[0] = w.goshim, w.goshim
	return cmd
}

func (w *vendorWorld) sync() string {
	w.t.Helper()
	out, err := w.command("vendor", "sync", "--no-tidy").CombinedOutput()
	if err != nil {
		w.t.Fatalf("goshim vendor sync: %v\n%s", err, out)
	}
	return string(out)
}

// tree returns the names and contents of files, and of all that is below
// directories.
func (w *vendorWorld) tree(names ...string) string {
	w.t.Helper()
	var b strings.Builder
	for _, name := range names {
		err := filepath.WalkDir(w.path(name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			fmt.Fprintf(&b, "%s %q\n", strings.TrimPrefix(path, w.root), data)
			return err
		})
		if err != nil {
			w.t.Error(err)
		}
	}
	return b.String()
}

// killDeciding starts a command and kills it as soon as it has begun to replace
// the pair, or a little later.
func (w *vendorWorld) killDeciding(cmd *exec.Cmd) {
	w.t.Helper()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	dirs, err := filepath.Glob(filepath.Join(filepath.Dir(w.root), ".local", "state", "goshim", "vendor", "*"))
	if len(dirs) != 1 {
		w.t.Fatal(dirs, err)
	}
	for {
		select {
		case <-ended:
			return
		default:
		}
		if _, err := os.Lstat(filepath.Join(dirs[0], "decided")); err == nil {
			break
		}
	}
	for end := time.Now().Add(rand.N(time.Millisecond / 2)); time.Now().Before(end); { // a sleep is too long
	}
	cmd.Process.Kill()
	<-ended
}

// A sync that is killed at any moment leaves the old vendor/ or the new one, and
// the next command that looks makes it a pair with its vendor.sum.
func TestVendorKilled(t *testing.T) {
	t.Parallel()
	w := newVendorWorld(t)
	start := time.Now()
	w.put(w.mods["v1.0.0"])
	w.sync()
	within := time.Since(start)
	count := map[string]int{}
	for round := range *killRounds {
		version := []string{"v1.1.0", "v1.0.0"}[round%2]
		w.put(w.mods[version])
		before := w.tree("vendor")
		switch cmd := w.command("vendor", "sync", "--no-tidy"); round % 3 {
		case 0:
			w.killDeciding(cmd)
		default:
			w.killAtRandom(cmd, within)
		}
		tree := w.tree("vendor")
		isOne := slices.Contains(slices.Collect(maps.Values(w.trees)), tree)
		pair := w.tree("vendor", "vendor.sum")
		switch {
		case !isOne:
			t.Errorf("vendor/ is a mixture")
		case tree == before:
			count["old tree"]++
		case pair == w.pairs[version]:
			count["new pair"]++
		default:
			count["new tree with the old vendor.sum"]++
		}
		look := [][]string{{"vendor", "sync", "--no-tidy", "--check"}, {"verify", "vendor"}}[round%2]
		w.command(look...).Run()
		if now := w.tree("vendor", "vendor.sum"); !slices.Contains(slices.Collect(maps.Values(w.pairs)), now) {
			t.Errorf("vendor/ and vendor.sum are not a pair")
		} else if tree != before && now != w.pairs[version] {
			t.Errorf("the new tree was there, and is no more")
		}
		w.sync()
		if _, err := os.Lstat(w.path(".goshim-vendor")); err == nil {
			t.Error("the work directory is left")
		}
		if w.tree("vendor", "vendor.sum") != w.pairs[version] {
			t.Error("the next sync does not make the new pair")
		}
		if t.Failed() {
			t.Fatalf("in round %d, to %s", round, version)
		}
	}
	t.Logf("after the kill: %v", count)
	if *killRounds >= 50 && len(count) < 2 {
		t.Error("all rounds ended alike")
	}
}

// Syncs at once wait for each other.
func TestVendorTogether(t *testing.T) {
	t.Parallel()
	w := newVendorWorld(t)
	w.put(w.mods["v1.0.0"])
	var all []*exec.Cmd
	for range 4 {
		cmd := w.command("vendor", "sync", "--no-tidy")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if w.tree("vendor", "vendor.sum") != w.pairs["v1.0.0"] {
		t.Error("vendor/ and vendor.sum are not those of go.mod")
	}
}

// On a disk that is too small the old pair stays.
func TestVendorDiskFull(t *testing.T) {
	t.Parallel()
	w := newVendorWorld(t)
	for version := range w.mods {
		w.put(w.mods[version])
		w.sync()
	}
	const block = 4096 // of a tmpfs, of which each file here takes one
	have, tree := block*strings.Count(w.tree("."), "\n"), block*vendorFiles
	have += len(w.read("vendor.sum"))
	for _, room := range []int{2, tree / 2, tree, tree + block, tree + 2*block, tree + 3*block, 2 * tree} {
		w.onTmpfs(have+room, "v1.0.0", "v1.1.0")
	}
}

// onTmpfs copies the module, as it is for one version, to a file system of its own
// with so many bytes, in new user and mount namespaces, and syncs to the other
// version there.
func (w *vendorWorld) onTmpfs(size int, from, to string) {
	w.t.Helper()
	w.put(w.mods[from])
	w.sync()
	w.put(w.mods[to])
	disk := w.t.TempDir()
	script := fmt.Sprintf(`mount -t tmpfs -o size=%d tmpfs "$DISK" || exit 77
cp -R "$ROOT/." "$DISK" || exit 78
cd "$DISK" && "$TOOL" vendor sync --no-tidy >"$OUT/out" 2>&1
echo $? >"$OUT/status"
cp -R vendor vendor.sum "$OUT"
ls -A >"$OUT/names"`, size)
	out := w.t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = append(slices.Clone(w.env), "DISK="+disk, "ROOT="+w.root, "TOOL="+w.goshim, "OUT="+out)
	if err := inMounts(cmd); err != nil {
		w.t.Skip(err)
	}
	said, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code == 77 || code < 0 {
		w.t.Skipf("no tmpfs can be mounted: %v\n%s", err, said)
	} else if err != nil {
		w.t.Fatalf("%v\n%s", err, said)
	}
	text, _ := os.ReadFile(filepath.Join(out, "out"))
	status, _ := os.ReadFile(filepath.Join(out, "status"))
	names, _ := os.ReadFile(filepath.Join(out, "names"))
	there := &vendorWorld{layerWorld: &layerWorld{t: w.t, root: out}}
	got, want := there.tree("vendor", "vendor.sum"), w.pairs[to]
	if strings.TrimSpace(string(status)) != "0" {
		want = w.pairs[from]
		if !strings.Contains(string(text), "vendor/ is as it was") {
			w.t.Errorf("%d bytes: no clear error: %s", size, text)
		}
	}
	if got != want {
		w.t.Errorf("%d bytes: status %s: neither pair\n%s", size, status, text)
	}
	if strings.Contains(string(names), ".goshim-vendor") {
		w.t.Errorf("%d bytes: the work directory is left:\n%s", size, names)
	}
	w.t.Logf("%d bytes: status %s: %s", size, strings.TrimSpace(string(status)), text)
}
