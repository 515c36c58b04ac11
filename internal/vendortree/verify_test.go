package vendortree

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

func TestVerify(t *testing.T) {
	const (
		a   = "vendor/example.com/m000/"
		b   = "vendor/example.com/m001/"
		txt = "vendor/modules.txt"
	)
	m0 := module.Version{Path: "example.com/m000", Version: "v1.0.0"}
	tests := []struct {
		name string
		do   func(e *edit)
		want []string // findings without those that are only notes, without the zips
		deep []string // with all zips; nil if they are the same
	}{
		{"nothing", func(e *edit) {}, nil, nil},
		{"edited", func(e *edit) { e.sub(a+"root.go", "Package", "package") }, []string{"high vendor-edited " + a + "root.go"}, nil},
		{"added", func(e *edit) { e.write(a+"x.go", "package root\n") }, []string{"high vendor-added " + a + "x.go"}, nil},
		{"added below", func(e *edit) { e.write(a+"a/x.go", "package a\n") }, []string{"high vendor-added " + a + "a/x.go"}, nil},
		{"of no module", func(e *edit) { e.write("vendor/example.com/evil/x.go", "") }, []string{"high vendor-unlisted vendor/example.com/evil/x.go"}, nil},
		{"at the top", func(e *edit) { e.write("vendor/README", "") }, []string{"high vendor-unlisted vendor/README"}, nil},
		{"nested go.mod", func(e *edit) { e.write(a+"go.mod", "module x\n") }, []string{"high vendor-added " + a + "go.mod"}, nil},
		{"removed", func(e *edit) { e.remove(a + "root_linux.s") }, []string{"high vendor-missing " + a + "root_linux.s"}, nil},
		{"renamed", func(e *edit) { e.move(a+"root_linux.s", a+"root_arm64.s") }, []string{"high vendor-renamed " + a + "root_arm64.s"}, nil},
		{"moved", func(e *edit) { e.move(a+"root_linux.s", b+"m0.s") }, []string{"high vendor-renamed " + b + "m0.s"}, nil},
		{"link", func(e *edit) {
			e.move(a+"root.go", "elsewhere.go")
			e.symlink("../../../elsewhere.go", a+"root.go")
		}, []string{"high vendor-symlink " + a + "root.go"}, nil},
		{"directory link", func(e *edit) {
			e.move(a+"a/deep", "elsewhere")
			e.symlink("../../../../elsewhere", a+"a/deep")
		}, []string{
			"high vendor-symlink " + a + "a/deep",
			"high vendor-missing " + a + "a/deep/deep.go",
			"high vendor-missing " + a + "a/deep/deep_windows.go",
		}, nil},
		{"CRLF", func(e *edit) { e.sub(a+"root.go", "\n", "\r\n") }, []string{"low vendor-crlf " + a + "root.go"}, nil},
		{"LF", func(e *edit) { e.sub(a+"data/.hidden/file.bin", "\r\n", "\n") }, []string{"low vendor-crlf " + a + "data/.hidden/file.bin"}, nil},
		{"CRLF in the list", func(e *edit) { e.sub(txt, "\n", "\r\n") }, []string{"low vendor-crlf " + txt}, nil},
		{"CRLF in vendor.sum", func(e *edit) { e.sub("vendor.sum", "\n", "\r\n") }, nil, nil},
		{
			"another language version", func(e *edit) { e.sub1(txt, "go 1.21", "go 1.11") },
			[]string{"high vendor-list " + txt},
			[]string{"high vendor-list " + txt, "high vendor-list " + txt},
		},
		{"package unlisted", func(e *edit) { e.sub1(txt, "example.com/m000/a/deep\n", "") }, []string{
			"high vendor-list " + txt,
		}, []string{
			"high vendor-added " + a + "a/LICENSE.txt",
			"high vendor-added " + a + "a/deep/deep.go",
			"high vendor-added " + a + "a/deep/deep_windows.go",
			"high vendor-list " + txt,
		}},
		{"another version", func(e *edit) { e.sub(txt, "m000 v1.0.0", "m000 v1.0.1") }, []string{
			"medium vendor-sum-stale vendor.sum",
			"medium vendor-stale " + txt,
			"medium vendor-list " + txt,
		}, nil},
		{"required by nobody", func(e *edit) { e.sub1("go.mod", "require example.com/m000 v1.0.0\n", "") }, []string{"medium vendor-stale " + txt}, nil},
		{"another one is required", func(e *edit) { e.sub1("go.mod", "m000 v1.0.0", "m000 v1.1.0") }, []string{"medium vendor-stale " + txt}, nil},
		{"replaced", func(e *edit) { e.append("go.mod", "replace example.com/m000 => ./x\n") }, []string{"medium vendor-stale " + txt}, nil},
		{"blocks swapped", func(e *edit) {
			e.change(txt, func(text string) string {
				i := strings.Index(text, "# example.com/m001")
				return text[i:] + text[:i]
			})
		}, []string{"high vendor-list " + txt}, nil},
		{"list removed", func(e *edit) { e.remove(txt) }, []string{"high vendor-list " + txt}, nil},
		{"vendor.sum forged", func(e *edit) {
			e.sub(a+"root.go", "Package", "package")
			e.record()
		}, nil, []string{"high vendor-edited " + a + "root.go"}},
		{"file recorded", func(e *edit) {
			e.write(a+"x.go", "package root\n")
			e.record()
		}, nil, []string{"high vendor-added " + a + "x.go"}},
		{"missing recorded", func(e *edit) {
			e.remove(a + "data/text.txt")
			e.record()
		}, nil, []string{"high vendor-missing " + a + "data/text.txt"}},
		{"hash of the zip", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Module(m0).Zip = vendorsum.Text(nil) })
		}, []string{"high vendor-zip vendor.sum"}, nil},
		{"no hash of the zip", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Module(m0).Zip = "" })
		}, []string{"medium vendor-sum-stale vendor.sum"}, nil},
		{"replacement recorded", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Module(m0).Replace = m0 })
		}, []string{"medium vendor-sum-stale vendor.sum"}, nil},
		{"fingerprint", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Module(m0).Files[0].Print = vendorsum.Print([32]byte{}) })
		}, []string{"medium vendor-sum-stale vendor.sum"}, nil},
		{"same fingerprints", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Module(m0).Tree = vendorsum.Text(nil) })
		}, []string{"high vendor-edited vendor/example.com/m000"}, []string{"medium vendor-sum-stale vendor.sum"}},
		{"module not recorded", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Modules = s.Modules[1:] })
		}, []string{"medium vendor-list " + txt}, nil},
		{"file not recorded", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) {
				m := s.Module(m0)
				var files []vendorsum.Hashed
				for _, f := range e.hashes("example.com/m000/") {
					if f.Name != "LICENSE" {
						files = append(files, f)
					}
				}
				m.SetFiles(files)
			})
		}, []string{"high vendor-added " + a + "LICENSE"}, []string{"medium vendor-sum-stale vendor.sum"}},
		{"rest recorded", func(e *edit) {
			e.recordAs(func(s *vendorsum.Sum) { s.Rest = vendorsum.Text([]byte("x")) })
		}, []string{"medium vendor-list " + txt}, nil},
		{"no hash in go.sum", func(e *edit) { e.write("go.sum", "") }, []string{"medium vendor-no-sum " + txt, "medium vendor-no-sum " + txt}, nil},
		{"another hash in go.sum", func(e *edit) {
			e.change("go.sum", func(text string) string {
				return strings.Replace(text, strings.Fields(text)[2], vendorsum.Text(nil), 1)
			})
		}, []string{"high vendor-zip vendor.sum"}, []string{"high vendor-cache ZIP", "high vendor-zip vendor.sum"}},
		{"empty directory", func(e *edit) { e.mkdir("vendor/empty/dir") }, nil, nil},
	}
	for _, tt := range tests {
		for _, deep := range []bool{false, true} {
			tree := madeUp(t, 2)
			e := &edit{t, tree}
			e.record()
			want := tt.want
			if deep && tt.deep != nil {
				want = tt.deep
			} else if !deep {
				tree.cache = modstore.OfCache(t.TempDir())
			}
			tt.do(e)
			got := e.findings(deep)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, deep %t (-want +got):\n%s", tt.name, deep, diff)
			}
		}
	}
}

// Without vendor.sum, the zips tell as much as they can.
func TestVerifyWithoutSum(t *testing.T) {
	tree := madeUp(t, 2)
	e := &edit{t, tree}
	absent := "medium vendor-sum-absent vendor.sum"
	if got := e.findings(false); !cmp.Equal(got, []string{absent}) {
		t.Errorf("untouched: %v", got)
	}
	e.sub("vendor/example.com/m001/root.go", "Package", "package")
	want := []string{"high vendor-edited vendor/example.com/m001/root.go", absent}
	if diff := cmp.Diff(want, e.findings(false)); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	tree.cache = modstore.OfCache(t.TempDir())
	if got := e.findings(true); !cmp.Equal(got, []string{absent}) {
		t.Errorf("without zips: %v", got)
	}
}

// A zip that is none, and one that unpacks to more than a module may have.
func TestBadZip(t *testing.T) {
	tree := madeUp(t, 1)
	e := &edit{t, tree}
	e.record()
	m := module.Version{Path: "example.com/m000", Version: "v1.0.0"}
	if err := os.WriteFile(tree.cache.File(m, modstore.Zip), []byte("PK"), 0o666); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"high vendor-cache ZIP"}, e.findings(true)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := e.findings(false); got != nil {
		t.Errorf("not deep: %v", got)
	}
}

// An edit changes a made-up tree.
type edit struct {
	*testing.T
	tree *madeUpTree
}

func (e *edit) path(name string) string { return filepath.Join(e.tree.dir, filepath.FromSlash(name)) }

func (e *edit) write(name, text string) { e.tree.write(e, e.path(name), []byte(text)) }

func (e *edit) change(name string, change func(string) string) {
	e.Helper()
	data, err := os.ReadFile(e.path(name))
	if err != nil {
		e.Fatal(err)
	}
	e.write(name, change(string(data)))
}

func (e *edit) sub(name, old, new string) {
	e.change(name, func(text string) string { return strings.ReplaceAll(text, old, new) })
}

func (e *edit) sub1(name, old, new string) {
	e.change(name, func(text string) string { return strings.Replace(text, old, new, 1) })
}

func (e *edit) append(name, text string) {
	e.change(name, func(old string) string { return old + text })
}

func (e *edit) remove(name string) { e.must(os.Remove(e.path(name))) }

func (e *edit) move(from, to string) { e.must(os.Rename(e.path(from), e.path(to))) }

func (e *edit) symlink(to, name string) { e.must(os.Symlink(to, e.path(name))) }

func (e *edit) mkdir(name string) { e.must(os.MkdirAll(e.path(name), 0o777)) }

func (e *edit) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// record writes vendor.sum for the tree as it is.
func (e *edit) record() { e.recordAs(func(*vendorsum.Sum) {}) }

// recordAs does so, with a change.
func (e *edit) recordAs(change func(*vendorsum.Sum)) {
	e.Helper()
	p := e.tree.place(e)
	tree, err := Read(e.Context(), p.Vendor)
	e.must(err)
	sum := tree.Sum(p)
	change(sum)
	e.write(vendorsum.Name, string(sum.Encode()))
}

// hashes returns the hashes of the files below a directory of vendor/.
func (e *edit) hashes(dir string) (all []vendorsum.Hashed) {
	tree, err := Read(e.Context(), e.path("vendor"))
	e.must(err)
	for _, f := range tree.Files {
		if name, ok := strings.CutPrefix(f.Path, dir); ok {
			all = append(all, vendorsum.Hashed{Name: name, Sum: f.Sum})
		}
	}
	return all
}

// findings verifies, and returns all that is more than a note.
func (e *edit) findings(deep bool) (all []string) {
	e.Helper()
	p := e.tree.place(e)
	report, err := Verify(e.Context(), p, Options{Deep: deep})
	e.must(err)
	report.Sort()
	for _, f := range report.Findings {
		if filepath.IsAbs(f.File) {
			f.File = "ZIP"
		}
		if f.Severity > 0 || f.Rule == "vendor-crlf" {
			all = append(all, fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.File))
		}
		if f.Severity > 0 && f.Hint == "" || bytes.ContainsAny([]byte(f.Message), "\n") {
			e.Errorf("no hint, or lines in the message: %+v", f)
		}
	}
	return all
}

// TestHoles wants files that are larger than the memory to be refused, or at
// least that whoever waits for them can interrupt it.
func TestHoles(t *testing.T) {
	tree := madeUp(t, 1)
	(&edit{t, tree}).record()
	p := tree.place(t)
	hole := func(path string) {
		t.Helper()
		tree.write(t, path, nil)
		if err := os.Truncate(path, 1<<40); err != nil {
			t.Skip(err)
		}
	}
	for _, path := range []string{p.SumPath(), filepath.Join(p.Vendor, vendorlist.Name)} {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		hole(path)
		want := "reading " + path + ": it is larger than 33554432 bytes"
		if _, err := Verify(t.Context(), p, Options{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		tree.write(t, path, good)
	}
	hole(filepath.Join(p.Vendor, "example.com", "hole"))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := Verify(ctx, p, Options{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
