package cacheverify

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/userdir"
)

func init() { hidesWrites = func(string) bool { return false } }

var (
	dep   = module.Version{Path: "example.com/Dep", Version: "v1.0.0"}
	other = module.Version{Path: "example.com/other", Version: "v0.2.0"}
)

var depFiles = map[string]string{
	"go.mod": "module example.com/Dep\n", "dep.go": "package dep\n",
	"sub/big.go": "package sub // " + strings.Repeat("long ", 40000), "sub/empty.txt": "",
}

// A world is a module cache, and what go.sum says of it.
type world struct {
	*testing.T
	cache string
	state string // where the records lie
	wants map[module.Version]*want
	own   modinput.Sums // of the project that is verified with all others
}

// newWorld makes a module cache with two modules.
func newWorld(t *testing.T) *world {
	w := &world{T: t, cache: filepath.Join(t.TempDir(), "mod"), state: t.TempDir(), wants: make(map[module.Version]*want)}
	w.add(dep, depFiles)
	w.add(other, map[string]string{"go.mod": "module example.com/other\n", "x.go": "package other\n"})
	return w
}

func (w *world) do(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// write writes a file, which may be read-only, by its path in the cache.
func (w *world) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.cache, name)
	w.do(os.MkdirAll(filepath.Dir(path), 0o777))
	w.do(os.WriteFile(path, []byte(text), 0o666))
}

func (w *world) remove(name string) {
	w.Helper()
	w.do(os.RemoveAll(filepath.Join(w.cache, name)))
}

// file returns the name of a file of a module in the cache.
func file(m module.Version, kind string) string {
	name, _ := modstore.Name(m, kind)
	return "cache/download/" + name
}

// unpacked returns the name of a file in the directory of a module.
func unpacked(m module.Version, name string) string {
	dir, _ := modstore.Unpacked(m)
	return filepath.ToSlash(filepath.Join(dir, name))
}

// zipOf returns a zip with the files, and its hash.
func zipOf(t *testing.T, m module.Version, files map[string]string) (data, sum string) {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := z.Create(m.String() + "/" + name)
		if err == nil {
			_, err = io.WriteString(f, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "zip")
	if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	sum, err := dirhash.HashZip(path, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return buf.String(), sum
}

// add adds a module as go mod download does.
func (w *world) add(m module.Version, files map[string]string) {
	w.Helper()
	data, sum := zipOf(w.T, m, files)
	modSum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(files["go.mod"])), nil
	})
	w.do(err)
	for name, text := range files {
		w.write(unpacked(m, name), text)
	}
	w.write(file(m, modstore.Zip), data)
	w.write(file(m, modstore.ZipHash), sum)
	w.write(file(m, modstore.Mod), files["go.mod"])
	w.write(file(m, modstore.Info), `{"Version":"`+m.Version+`","Time":"2024-01-01T00:00:00Z"}`)
	w.write(file(m, modstore.Lock), "")
	w.write(filepath.Join(filepath.Dir(file(m, modstore.Mod)), "list"), m.Version+"\n")
	w.wants[m] = &want{Version: m, zipSums: []string{sum}, modSums: []string{modSum}}
}

// verify verifies the cache. Notes about the records are faults.
func (w *world) verify(opts Options) *Result {
	w.Helper()
	store := sumstore.Open(w.state, func(note string) { w.Errorf("note: %s", note) })
	defer store.Close()
	v := newVerification(w.cache, modstore.OfCache(w.cache), store, opts)
	v.now = func() time.Time { return time.Now().Add(time.Hour) } // all files are settled
	if opts.Against != nil {
		v.wantListed(opts.Against)
	} else if opts.All {
		w.do(v.wantAll(w.own))
	} else {
		for _, want := range w.wants {
			v.add(want)
		}
	}
	r, err := v.run(context.Background())
	w.do(err)
	return r
}

// summary returns the rule, the file and the severity of each finding, and the
// bad parts.
func summary(r *Result) (lines []string) {
	for _, f := range r.Report.Findings {
		lines = append(lines, fmt.Sprintf("%s %v %s", f.Rule, f.Severity, f.File))
	}
	for _, bad := range r.Bad {
		lines = append(lines, fmt.Sprintf("bad %v %v", bad.Module, bad.Parts))
	}
	return lines
}

// TestVerify changes a cache in one way, verifies it, and wants what must be
// found. Whatever was recorded before, the change must show.
func TestVerify(t *testing.T) {
	edited := maps.Clone(depFiles)
	edited["dep.go"] = "package bad\n"
	without := maps.Clone(depFiles)
	delete(without, "dep.go")
	depZip, depHash, depMod, depInfo := file(dep, modstore.Zip), file(dep, modstore.ZipHash), file(dep, modstore.Mod), file(dep, modstore.Info)
	dir := unpacked(dep, "")
	tests := []struct {
		name string
		do   func(*world)
		want []string
	}{
		{"nothing", func(*world) {}, nil},
		{"times", func(w *world) {
			w.do(filepath.WalkDir(w.cache, func(path string, _ fs.DirEntry, err error) error {
				return errors.Join(err, os.Chtimes(path, time.Now(), time.Now().Add(-time.Hour)))
			}))
		}, nil},
		{"mode", func(w *world) {
			w.do(os.Chmod(filepath.Join(w.cache, dir, "dep.go"), 0o755))
			w.do(os.Chmod(filepath.Join(w.cache, dir), 0o755))
		}, nil},
		{"empty directory", func(w *world) { w.do(os.Mkdir(filepath.Join(w.cache, dir, "new"), 0o777)) }, nil},
		{"all of a module is absent", func(w *world) { w.remove("cache/download/example.com/!dep"); w.remove(dir) }, nil},
		{"not unpacked", func(w *world) { w.remove(dir) }, nil},
		{"no zip", func(w *world) { w.remove(depZip) }, nil},
		{"cache/download is gone", func(w *world) { w.remove("cache/download/example.com/!dep") }, []string{"modcache-ziphash-missing low " + depHash}},

		{"edited file", func(w *world) { w.write(dir+"/dep.go", "package bad\n") }, []string{
			"modcache-file-edited high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"edited file, same times", func(w *world) {
			path := filepath.Join(w.cache, dir, "dep.go")
			info, err := os.Stat(path)
			w.do(err)
			w.write(dir+"/dep.go", "package bad\n")
			w.do(os.Chtimes(path, info.ModTime(), info.ModTime()))
		}, []string{"modcache-file-edited high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [dir]"}},
		{"longer file", func(w *world) { w.write(dir+"/sub/empty.txt", "x") }, []string{
			"modcache-file-edited high " + dir + "/sub/empty.txt", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"shorter file", func(w *world) { w.write(dir+"/sub/big.go", depFiles["sub/big.go"][:64<<10]) }, []string{
			"modcache-file-edited high " + dir + "/sub/big.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"extra file", func(w *world) { w.write(dir+"/sub/new.go", "package sub\n") }, []string{
			"modcache-file-extra high " + dir + "/sub/new.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"missing file", func(w *world) { w.remove(dir + "/sub/empty.txt") }, []string{
			"modcache-file-missing high " + dir + "/sub/empty.txt", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"renamed file", func(w *world) {
			w.do(os.Rename(filepath.Join(w.cache, dir, "dep.go"), filepath.Join(w.cache, dir, "Dep.go")))
		}, []string{
			"modcache-file-extra high " + dir + "/Dep.go", "modcache-file-missing high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"link to the same", func(w *world) {
			w.write("elsewhere/dep.go", depFiles["dep.go"])
			w.remove(dir + "/dep.go")
			w.do(os.Symlink(filepath.Join(w.cache, "elsewhere", "dep.go"), filepath.Join(w.cache, dir, "dep.go")))
		}, []string{
			"modcache-file-missing high " + dir + "/dep.go", "modcache-irregular high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"link in the place of the directory", func(w *world) {
			w.do(os.Rename(filepath.Join(w.cache, dir), filepath.Join(w.cache, "elsewhere")))
			w.do(os.Symlink(filepath.Join(w.cache, "elsewhere"), filepath.Join(w.cache, dir)))
		}, []string{"modcache-irregular high " + dir, "bad example.com/Dep@v1.0.0 [dir]"}},
		{"file in the place of the directory", func(w *world) { w.remove(dir); w.write(dir, "") }, []string{
			"modcache-irregular high " + dir, "bad example.com/Dep@v1.0.0 [dir]",
		}},
		{"edited file, no zip", func(w *world) {
			w.remove(depZip)
			w.write(dir+"/dep.go", "package bad\n")
		}, []string{
			"modcache-file-edited high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [dir]",
		}},

		{"edited zip", func(w *world) { w.write(depZip, first(zipOf(w.T, dep, edited))) }, []string{
			"modcache-zip-edited high " + depZip, "bad example.com/Dep@v1.0.0 [zip]",
		}},
		{"zip without a file", func(w *world) { w.write(depZip, first(zipOf(w.T, dep, without))) }, []string{
			"modcache-zip-edited high " + depZip, "bad example.com/Dep@v1.0.0 [zip]",
		}},
		{"zip of another module", func(w *world) { w.write(depZip, first(zipOf(w.T, other, edited))) }, []string{
			"modcache-zip-edited high " + depZip, "bad example.com/Dep@v1.0.0 [zip]",
		}},
		{"zip and ziphash edited together", func(w *world) {
			data, sum := zipOf(w.T, dep, edited)
			w.write(depZip, data)
			w.write(depHash, sum)
		}, []string{
			"modcache-zip-edited high " + depZip, "modcache-ziphash-edited high " + depHash, "bad example.com/Dep@v1.0.0 [zip ziphash]",
		}},
		{"all edited together", func(w *world) {
			data, sum := zipOf(w.T, dep, edited)
			w.write(depZip, data)
			w.write(depHash, sum)
			w.write(dir+"/dep.go", edited["dep.go"])
		}, []string{
			"modcache-zip-edited high " + depZip, "modcache-ziphash-edited high " + depHash,
			"modcache-file-edited high " + dir + "/dep.go", "bad example.com/Dep@v1.0.0 [zip ziphash dir]",
		}},
		{"truncated zip", func(w *world) {
			data, err := os.ReadFile(filepath.Join(w.cache, depZip))
			w.do(err)
			w.write(depZip, string(data[:len(data)/2]))
		}, []string{"modcache-zip-broken high " + depZip, "bad example.com/Dep@v1.0.0 [zip]"}},
		{"empty zip", func(w *world) { w.write(depZip, "") }, []string{
			"modcache-zip-broken high " + depZip, "bad example.com/Dep@v1.0.0 [zip]",
		}},
		{"directory in the place of the zip", func(w *world) { w.remove(depZip); w.do(os.Mkdir(filepath.Join(w.cache, depZip), 0o777)) }, []string{
			"modcache-zip-broken high " + depZip, "bad example.com/Dep@v1.0.0 [zip]",
		}},

		{"edited ziphash", func(w *world) { w.write(depHash, "h1:other=") }, []string{
			"modcache-ziphash-edited high " + depHash, "bad example.com/Dep@v1.0.0 [ziphash]",
		}},
		{"ziphash with an end of line", func(w *world) { w.write(depHash, w.wants[dep].zipSums[0]+"\n") }, nil},
		{"no ziphash", func(w *world) { w.remove(depHash) }, []string{
			"modcache-ziphash-missing medium " + depHash, "bad example.com/Dep@v1.0.0 [ziphash]",
		}},
		{"edited mod", func(w *world) { w.write(depMod, "module example.com/Dep\n\ngo 1.99\n") }, []string{
			"modcache-mod-edited high " + depMod, "bad example.com/Dep@v1.0.0 [mod]",
		}},
		{"no mod", func(w *world) { w.remove(depMod) }, []string{
			"modcache-mod-missing medium " + depMod, "bad example.com/Dep@v1.0.0 [mod]",
		}},
		{"never a mod", func(w *world) { w.remove(depMod); w.remove(filepath.Join(filepath.Dir(depMod), "list")) }, []string{
			"modcache-mod-missing low " + depMod, "bad example.com/Dep@v1.0.0 [mod]",
		}},
		{"no list", func(w *world) { w.remove(filepath.Join(filepath.Dir(depMod), "list")) }, []string{
			"modcache-list-missing low " + filepath.Dir(depMod) + "/list", "bad example.com/Dep@v1.0.0 [list]",
		}},
		{"broken info", func(w *world) { w.write(depInfo, `{"Version":`) }, []string{
			"modcache-info medium " + depInfo, "bad example.com/Dep@v1.0.0 [info]",
		}},
		{"info of another version", func(w *world) { w.write(depInfo, `{"Version":"v1.0.1"}`) }, []string{
			"modcache-info medium " + depInfo, "bad example.com/Dep@v1.0.0 [info]",
		}},
		{"unpacked in part", func(w *world) { w.write(file(dep, modstore.Partial), ""); w.remove(dir + "/dep.go") }, []string{
			"modcache-partial low " + dir,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.HasPrefix(test.name, "link") {
				t.Skip("symbolic links need a right there")
			}
			w := newWorld(t)
			if r := w.verify(Options{}); len(r.Read) != 2 || len(r.Report.Findings) > 0 {
				t.Fatalf("at first: %v, %d read", r.Report.Findings, len(r.Read))
			}
			if r := w.verify(Options{}); len(r.Read) != 0 {
				t.Fatalf("unchanged, and read: %v", r.Read)
			}
			test.do(w)
			want := slices.Clone(test.want)
			slices.Sort(want)
			for _, full := range []bool{false, true} {
				got := summary(w.verify(Options{Full: full}))
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
			}
		})
	}
}

func first(s, _ string) string { return s }

// TestFlips flips a byte of a file of the cache and wants it to be named.
func TestFlips(t *testing.T) {
	w := newWorld(t)
	names := []string{file(dep, modstore.Mod), file(dep, modstore.ZipHash)}
	for name, text := range depFiles {
		if text != "" {
			names = append(names, unpacked(dep, name))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		name := names[rng.IntN(len(names))]
		path := filepath.Join(w.cache, name)
		data, err := os.ReadFile(path)
		w.do(err)
		changed := bytes.Clone(data)
		changed[rng.IntN(len(changed))] ^= 1 << rng.IntN(8)
		w.do(os.WriteFile(path, changed, 0o666))
		found := w.verify(Options{}).Report.Findings
		if len(found) != 1 || found[0].File != name || found[0].Severity != finding.High {
			t.Fatalf("%s: got %v", name, found)
		}
		w.do(os.WriteFile(path, data, 0o666))
		if r := w.verify(Options{}); len(r.Report.Findings) > 0 {
			t.Fatalf("%s as it was: got %v", name, r.Report.Findings)
		}
	}
}

// TestZipBytes flips bytes of a zip. What that changes is found, or the zip holds
// the same.
func TestZipBytes(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(w.cache, file(other, modstore.Zip))
	data, err := os.ReadFile(path)
	w.do(err)
	for i := 0; i < len(data); i += 3 {
		changed := bytes.Clone(data)
		changed[i] ^= 0x10
		w.do(os.WriteFile(path, changed, 0o666))
		sum, err := dirhash.HashZip(path, dirhash.Hash1)
		isSame := err == nil && sum == w.wants[other].zipSums[0]
		if r := w.verify(Options{}); r.Report.Fails() == isSame {
			t.Fatalf("byte %d: got %v", i, summary(r))
		}
	}
}

// TestMany wants the files that are named of one module to be few.
func TestMany(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such names there")
	}
	w := newWorld(t)
	for i := range 100 {
		w.write(unpacked(dep, fmt.Sprintf("new%d\nline\x1b[31m", i)), "")
	}
	r := w.verify(Options{})
	if n := len(r.Report.Findings); n != maxNamed+1 {
		t.Errorf("%d findings", n)
	}
	if len(r.Bad) != 1 || !slices.Equal(r.Bad[0].Parts, []Part{Dir}) {
		t.Errorf("got %v", r.Bad)
	}
}

// TestBomb wants a zip that says it holds more than a module may not to be
// unpacked.
func TestBomb(t *testing.T) {
	w := newWorld(t)
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	f, err := z.CreateRaw(&zip.FileHeader{Name: dep.String() + "/x", Method: zip.Deflate, UncompressedSize64: 1 << 40})
	w.do(err)
	_, err = f.Write(nil)
	w.do(err)
	w.do(z.Close())
	w.write(file(dep, modstore.Zip), buf.String())
	r := w.verify(Options{})
	if len(r.Bad) != 1 || !strings.Contains(r.Bad[0].Zip, "larger than") {
		t.Errorf("got %v", r.Bad)
	}
}

// TestUnpacking has a go command at work: it has the lock, and the directory is
// not whole. That is waited for, and no fault.
func TestUnpacking(t *testing.T) {
	w := newWorld(t)
	dir, partial := unpacked(dep, "dep.go"), file(dep, modstore.Partial)
	for _, marked := range []bool{true, false} {
		lock, err := lockedfile.OpenFile(filepath.Join(w.cache, file(dep, modstore.Lock)), os.O_RDWR|os.O_CREATE, 0o666)
		w.do(err)
		if marked {
			w.write(partial, "")
		}
		w.remove(dir)
		got := make(chan *Result)
		go func() { got <- w.verify(Options{}) }()
		select {
		case r := <-got:
			t.Errorf("not waited for: %v", summary(r))
		case <-time.After(100 * time.Millisecond):
		}
		w.write(dir, depFiles["dep.go"])
		w.remove(partial)
		w.do(lock.Close())
		if r := <-got; len(r.Report.Findings) > 0 {
			t.Errorf("got %v", summary(r))
		}
	}
}

// TestSums wants other sums to count at once, although the files are known.
func TestSums(t *testing.T) {
	w := newWorld(t)
	w.verify(Options{})
	w.wants[dep].zipSums = []string{"h1:another="}
	if r := w.verify(Options{}); !r.Report.Fails() || len(r.Bad) != 1 {
		t.Errorf("got %v", summary(r))
	}
	w.wants[dep].zipSums = nil
	for range 2 {
		r := w.verify(Options{})
		if diff := cmp.Diff([]string{"modcache-uncovered low " + unpacked(dep, "")}, summary(r)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	w.write(unpacked(dep, "dep.go"), "package bad\n")
	if r := w.verify(Options{}); len(r.Bad) != 1 {
		t.Errorf("edited, no sum: got %v", summary(r))
	}
}

// TestAll finds what is in the cache by itself.
func TestAll(t *testing.T) {
	w := newWorld(t)
	w.add(module.Version{Path: "golang.org/toolchain", Version: "v0.0.1-go1.26.8.linux-amd64"}, map[string]string{"go.mod": "x"})
	w.write("cache/download/sumdb/sum.example.com/tile/x", "")
	w.write("cache/vcs/x/y", "")
	w.write("cache/lock", "")
	r := w.verify(Options{All: true})
	if diff := cmp.Diff([]string{
		"modcache-uncovered low " + unpacked(dep, ""), "modcache-uncovered low " + unpacked(other, ""),
	}, summary(r)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	gosum := filepath.Join(t.TempDir(), "go.sum")
	w.do(os.WriteFile(gosum, []byte(dep.String()+" h1:x=\n"+dep.Path+" "+dep.Version+" h1:project=\n"), 0o666))
	store := sumstore.Open(w.state, func(string) {})
	store.AddProject(filepath.Dir(gosum), []string{gosum, gosum + ".absent"})
	store.Close()
	if r := w.verify(Options{All: true}); len(r.Bad) != 1 || r.Bad[0].Module != dep {
		t.Errorf("with a project: got %v", summary(r))
	}
	w.own = modinput.Sums{dep: w.wants[dep].zipSums}
	if r := w.verify(Options{All: true}); len(r.Bad) != 0 {
		t.Errorf("another project's sum counts: got %v", summary(r))
	}
	w.own[dep] = []string{"h1:own="}
	if r := w.verify(Options{All: true}); len(r.Bad) != 1 || r.Bad[0].ZipSums[0] != "h1:own=" {
		t.Errorf("another project's sum is enough: got %v", summary(r))
	}
}

// TestSample wants those that were read longest ago to be read again.
func TestSample(t *testing.T) {
	w := newWorld(t)
	for i := range 8 {
		w.add(module.Version{Path: fmt.Sprintf("example.com/m%d", i), Version: "v1.0.0"}, depFiles)
	}
	w.verify(Options{})
	var read []module.Version
	for range 4 {
		read = append(read, w.verify(Options{Sample: 25}).Read...)
	}
	slices.SortFunc(read, compare)
	if n := len(slices.Compact(read)); n != 10 {
		t.Errorf("%d of 10 modules were read", n)
	}
}

// TestListing verifies another cache, elsewhere, by a listing.
func TestListing(t *testing.T) {
	w := newWorld(t)
	w.verify(Options{})
	var text bytes.Buffer
	w.do(w.verify(Options{Export: true}).Listing.Write(&text)) // of records
	l, err := ParseListing(text.Bytes(), "list")
	w.do(err)
	var again bytes.Buffer
	w.do(l.Write(&again))
	if text.String() != again.String() || !slices.IsSorted(strings.Split(strings.TrimSpace(text.String()), "\n")) {
		t.Errorf("got\n%s\nthen\n%s", &text, &again)
	}
	there := newWorld(t)
	if r := there.verify(Options{Against: l}); len(r.Report.Findings) > 0 || len(r.Read) != 2 {
		t.Errorf("got %v", summary(r))
	}
	there.remove("cache/download/example.com/!dep")
	there.write(unpacked(dep, "sub/empty.txt"), "x")
	if r := there.verify(Options{Against: l, Full: true}); len(r.Report.Findings) != 2 || r.Report.Findings[0].File != unpacked(dep, "sub/empty.txt") {
		t.Errorf("got %v", summary(r))
	}
}

func TestParseListing(t *testing.T) {
	const hash = " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
	for _, line := range []string{
		"example.com/m@v1.0.0/a e3b0", "example.com/m/a" + hash, "example.com/m@v1.0.0" + hash, "example.com/m@v1.0.0/" + hash,
		"../m@v1.0.0/a" + hash, "example.com/m@../a.mod" + hash, "x",
	} {
		if _, err := ParseListing([]byte("\n"+line), "list"); err == nil || !strings.HasPrefix(err.Error(), "list:2:1: ") {
			t.Errorf("%q: got %v", line, err)
		}
	}
	// What is cut short, or was put together from two, vouches for nothing.
	for text, want := range map[string]string{
		"": "list: it lists no file", "\n\n": "list: it lists no file",
		"example.com/m@v1.0.0.mod" + hash + "example.com/m@v1.0.0.mod" + hash: `list:2:1: "example.com/m@v1.0.0.mod" is there twice`,
		"example.com/m@v1.0.0/a" + hash + "example.com/m@v1.0.0/a" + hash:     `list:2:1: "example.com/m@v1.0.0/a" is there twice`,
	} {
		if _, err := ParseListing([]byte(text), "list"); err == nil || err.Error() != want {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func FuzzParseListing(f *testing.F) {
	f.Add([]byte("example.com/m@v1.0.0.mod e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"))
	f.Add([]byte("example.com/m@v1.0.0/a b e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseListing(data, "list")
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if err := l.Write(&once); err != nil {
			t.Fatal(err)
		}
		l, err = ParseListing(once.Bytes(), "list")
		if err != nil {
			t.Fatal(err)
		}
		if l.Write(&twice); once.String() != twice.String() {
			t.Errorf("got %q, then %q", &once, &twice)
		}
	})
}

// TestHiddenWrites wants all to be read each time where the state of files tells
// nothing of edits, whatever was recorded, and nothing to be recorded.
func TestHiddenWrites(t *testing.T) {
	w := newWorld(t)
	old := hidesWrites
	t.Cleanup(func() { hidesWrites = old })
	for _, hides := range []bool{true, true, false, false, true} {
		hidesWrites = func(dir string) bool { return hides && dir == filepath.Join(w.cache, "cache", "download") }
		want := 2
		if !hides && w.records() > 0 {
			want = 0
		}
		before := w.records()
		if r := w.verify(Options{}); len(r.Read) != want || hides && w.records() != before {
			t.Errorf("hidden %t: %d modules read, want %d; %d records before, now %d", hides, len(r.Read), want, before, w.records())
		}
	}
}

// records returns how many modules the records know.
func (w *world) records() int {
	store := sumstore.Open(w.state, func(note string) { w.Errorf("note: %s", note) })
	defer store.Close()
	return len(store.Records(w.cache))
}

// TestZips wants a zip to be read once, unless it changes, and not at all after
// a verification.
func TestZips(t *testing.T) {
	w := newWorld(t)
	home := t.TempDir()
	stamps := ""
	getenv := func(name string) string {
		if name == stamp.DirVar {
			return stamps
		}
		return home
	}
	w.state = userdir.State(getenv)
	dir, sums := modstore.OfCache(w.cache), w.wants[dep].zipSums
	files := func() (isRead bool, err error) {
		zips := OpenZips(dir, getenv)
		defer zips.Close()
		zips.v.now = func() time.Time { return time.Now().Add(time.Hour) } // all files are settled
		have, err := zips.Files(context.Background(), dep, sums)
		if err == nil && h1Of(dep.String()+"/", have) != sums[0] {
			t.Errorf("got %v", have)
		}
		return len(zips.v.fresh) > 0, err
	}
	want := func(wantRead bool) {
		t.Helper()
		if isRead, err := files(); isRead != wantRead || err != nil {
			t.Errorf("read: %t, want %t; error: %v", isRead, wantRead, err)
		}
	}
	want(true)
	want(false)
	stamps = t.TempDir()
	want(true) // whatever is recorded
	stamps = ""
	zip, err := os.ReadFile(dir.File(dep, modstore.Zip))
	w.do(err)
	edited, _ := zipOf(t, dep, map[string]string{"x.go": "package edited\n"})
	w.write(file(dep, modstore.Zip), edited)
	var wrong *modcache.SumError
	if _, err := files(); !errors.As(err, &wrong) {
		t.Errorf("edited: %v", err)
	}
	w.write(file(dep, modstore.Zip), string(zip))
	w.verify(Options{})
	want(false)
	w.write(unpacked(dep, "extra.go"), "package extra\n") // is none of the zip's
	want(false)
	w.remove(unpacked(dep, "extra.go"))
	w.remove(file(dep, modstore.Zip))
	w.verify(Options{})
	if _, err := files(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a zip: %v", err)
	}
}

// TestCompareZips compares zips, in the layout of a bundle.
func TestCompareZips(t *testing.T) {
	w := newWorld(t)
	getenv := func(name string) string {
		return map[string]string{"XDG_STATE_HOME": w.state, "HOME": w.state, "LocalAppData": w.state}[name]
	}
	absent := module.Version{Path: "example.com/absent", Version: "v1.0.0"}
	sums := modstore.Sums{dep: w.wants[dep].zipSums[0], other: "h1:other=", absent: "h1:x="}
	modules := []module.Version{other, absent, dep, {Path: "example.com/nosum", Version: "v1.0.0"}}
	dir := modstore.OfCache(w.cache)
	for range 2 {
		altered, checked, err := CompareZips(context.Background(), dir, getenv, modules, sums)
		w.do(err)
		want := []Altered{{other.Path, other.Version, dir.File(other, modstore.Zip), w.wants[other].zipSums[0], "h1:other="}}
		if diff := cmp.Diff(want, altered); diff != "" || checked != 2 {
			t.Errorf("%d checked, -want +got\n%s", checked, diff)
		}
	}
	w.write(file(dep, modstore.Zip), "PK")
	altered, _, err := CompareZips(context.Background(), dir, getenv, []module.Version{dep}, sums)
	w.do(err)
	if len(altered) != 1 || altered[0].Have != "zip: not a valid zip file" {
		t.Errorf("truncated: got %v", altered)
	}
}

// TestExportDamagedRecord wants the listing to be whole although the records lack
// the files of a module.
func TestExportDamagedRecord(t *testing.T) {
	w := newWorld(t)
	want := w.verify(Options{Export: true}).Listing
	store := sumstore.Open(w.state, func(note string) { t.Errorf("note: %s", note) })
	r := store.Records(w.cache)[dep]
	r.Files = nil
	store.Put(w.cache, map[module.Version]*sumstore.Record{dep: &r})
	store.Close()
	if diff := cmp.Diff(want, w.verify(Options{Export: true}).Listing); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
