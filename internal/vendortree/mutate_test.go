package vendortree

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/vendorlist"
)

var (
	mutations  = flag.Int("mutations", 200, "how many `changes` of a vendor directory are tried")
	vendorTree = flag.String("vendortree", "", "a module's `directory`, whose vendor directory is copied, instead of a made-up one")
	deepEvery  = flag.Int("deepevery", 5, "every how many changes the check is a deep one; 0 for never")
	zips       = flag.String("zips", "", "the module `cache` that has the zips of -vendortree")
)

// Every change of content is named, and nothing else is.
func TestMutations(t *testing.T) {
	p := mutable(t)
	m := &mutator{Place: p, rand: rand.New(rand.NewPCG(1, 2))}
	tree, err := Read(t.Context(), p.Vendor)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tree.Files {
		if f.Block != nil {
			m.files = append(m.files, f.Path)
		}
	}
	if err := os.WriteFile(p.SumPath(), tree.Sum(p).Encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, deep := range []bool{false, *deepEvery > 0} {
		start := time.Now()
		report := m.verify(t, deep)
		if report.Fails() {
			t.Fatalf("untouched, deep %t: %v", deep, report.Findings)
		}
		t.Logf("untouched, deep %t: %d files in %v", deep, len(m.files), time.Since(start).Round(time.Millisecond))
	}
	kinds := []struct {
		name string
		do   func() (undo func(), named []string)
	}{
		{"flip a byte", m.flip},
		{"add a file", m.add},
		{"remove a file", m.remove},
		{"rename a file", m.rename},
		{"swap two files", m.swap},
		{"change modules.txt", m.list},
		{"CRLF", m.crlf},
		{"symbolic link", m.symlink},
		{"case", m.letterCase},
		{"chmod", m.chmod},
		{"mtime", m.mtime},
	}
	done := make(map[string]int)
	for i := range *mutations {
		kind := kinds[i%len(kinds)]
		undo, named := kind.do()
		if undo == nil {
			continue
		}
		deep := *deepEvery > 0 && i%*deepEvery == 0
		report := m.verify(t, deep)
		undo()
		done[kind.name]++
		if len(named) == 0 && report.Fails() {
			t.Errorf("%d: %s is no change of content: %v", i, kind.name, report.Findings)
		}
		for _, name := range named {
			if !isNamed(report, name) {
				t.Errorf("%d: %s, deep %t: %s is not named: %v", i, kind.name, deep, name, report.Findings)
			}
		}
	}
	if report := m.verify(t, false); report.Fails() {
		t.Errorf("all undone: %v", report.Findings)
	}
	t.Logf("%v", done)
}

func isNamed(r *finding.Report, name string) bool {
	return slices.ContainsFunc(r.Findings, func(f finding.Finding) bool {
		return (f.Severity > finding.Low || f.Rule == "vendor-crlf") && (f.File == name || strings.Contains(f.Message, name))
	})
}

// mutable returns the vendor directory to be changed: a copy.
func mutable(t *testing.T) *Place {
	if *vendorTree == "" {
		return madeUp(t, 20).place(t)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(*vendorTree, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "vendor"), os.DirFS(filepath.Join(*vendorTree, "vendor"))); err != nil {
		t.Fatal(err)
	}
	return placeAt(t, dir, modstore.OfCache(*zips))
}

type mutator struct {
	*Place
	rand  *rand.Rand
	files []string
}

func (m *mutator) verify(t *testing.T, deep bool) *finding.Report {
	t.Helper()
	report, err := Verify(context.Background(), m.Place, Options{Deep: deep})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (m *mutator) pick() string { return m.files[m.rand.IntN(len(m.files))] }

func (m *mutator) abs(name string) string { return filepath.Join(m.Vendor, filepath.FromSlash(name)) }

func (m *mutator) read(name string) []byte {
	data, err := os.ReadFile(m.abs(name))
	must(err)
	return data
}

// replace changes a file, and returns what undoes it.
func (m *mutator) replace(name string, data []byte) (undo func(), named []string) {
	old := m.read(name)
	if bytes.Equal(old, data) {
		return nil, nil
	}
	must(os.WriteFile(m.abs(name), data, 0o666))
	return func() { must(os.WriteFile(m.abs(name), old, 0o666)) }, []string{"vendor/" + name}
}

func (m *mutator) flip() (undo func(), named []string) {
	name := m.pick()
	data := m.read(name)
	if len(data) == 0 {
		return nil, nil
	}
	data[m.rand.IntN(len(data))] ^= 1 << m.rand.IntN(8)
	return m.replace(name, data)
}

func (m *mutator) add() (undo func(), named []string) {
	names := []string{"evil.go", ".DS_Store", "a.go~", "go.mod", "x_test.go", "line\nfeed.go", "LICENSE.evil", "vendor/x/x.go", "newdir/x.go", "modules.txt"}
	dir := path.Dir(m.pick())
	switch m.rand.IntN(6) {
	case 0:
		dir = "."
	case 1:
		dir = path.Dir(dir)
	}
	name := path.Join(dir, names[m.rand.IntN(len(names))])
	if _, err := os.Lstat(m.abs(name)); err == nil {
		return nil, nil
	}
	top := name
	for {
		if _, err := os.Lstat(m.abs(path.Dir(top))); err == nil {
			break
		}
		top = path.Dir(top)
	}
	must(os.MkdirAll(filepath.Dir(m.abs(name)), 0o777))
	must(os.WriteFile(m.abs(name), []byte("package evil\n"), 0o666))
	return func() { must(os.RemoveAll(m.abs(top))) }, []string{"vendor/" + name}
}

func (m *mutator) remove() (undo func(), named []string) {
	name := m.pick()
	data := m.read(name)
	must(os.Remove(m.abs(name)))
	return func() { must(os.WriteFile(m.abs(name), data, 0o666)) }, []string{"vendor/" + name}
}

func (m *mutator) move(from, to string) (undo func(), named []string) {
	if _, err := os.Lstat(m.abs(to)); err == nil {
		return nil, nil
	}
	must(os.Rename(m.abs(from), m.abs(to)))
	return func() { must(os.Rename(m.abs(to), m.abs(from))) }, []string{"vendor/" + to, path.Base(from)}
}

func (m *mutator) rename() (undo func(), named []string) {
	name := m.pick()
	return m.move(name, path.Join(path.Dir(name), "renamed-"+path.Base(name)))
}

func (m *mutator) letterCase() (undo func(), named []string) {
	name := m.pick()
	if dir := path.Dir(name); m.rand.IntN(3) == 0 && !strings.Contains(path.Base(dir), ".") {
		undo, _ := m.move(dir, path.Join(path.Dir(dir), swapCase(path.Base(dir))))
		return undo, []string{"vendor/" + path.Join(path.Dir(dir), swapCase(path.Base(dir)), path.Base(name))}
	}
	return m.move(name, path.Join(path.Dir(name), swapCase(path.Base(name))))
}

func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}

func (m *mutator) swap() (undo func(), named []string) {
	a, b := m.pick(), m.pick()
	x, y := m.read(a), m.read(b)
	if bytes.Equal(x, y) {
		return nil, nil
	}
	undoA, _ := m.replace(a, y)
	undoB, _ := m.replace(b, x)
	return func() { undoA(); undoB() }, []string{"vendor/" + a, "vendor/" + b}
}

func (m *mutator) crlf() (undo func(), named []string) {
	name := m.pick()
	if m.rand.IntN(5) == 0 {
		name = vendorlist.Name
	}
	return m.replace(name, bytes.ReplaceAll(vendorlist.UnixLines(m.read(name)), []byte("\n"), []byte("\r\n")))
}

func (m *mutator) symlink() (undo func(), named []string) {
	name := m.pick()
	data := m.read(name)
	to := filepath.Join(filepath.Dir(m.Vendor), fmt.Sprintf("outside%d", m.rand.Int()))
	must(os.WriteFile(to, data, 0o666))
	must(os.Remove(m.abs(name)))
	must(os.Symlink(to, m.abs(name)))
	return func() {
		must(os.Remove(m.abs(name)))
		must(os.WriteFile(m.abs(name), data, 0o666))
		must(os.Remove(to))
	}, []string{"vendor/" + name}
}

// list changes modules.txt.
func (m *mutator) list() (undo func(), named []string) {
	lines := strings.SplitAfter(string(m.read(vendorlist.Name)), "\n")
	lines = lines[:len(lines)-1]
	i, j := m.rand.IntN(len(lines)), m.rand.IntN(len(lines))
	switch m.rand.IntN(6) {
	case 0:
		lines = slices.Delete(lines, i, i+1)
	case 1:
		lines = slices.Insert(lines, i, lines[j])
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		lines = slices.Insert(lines, i, []string{"\n", "example.com/evil\n", "## explicit\n", "# example.com/evil v1.0.0\n", "## workspace\n"}[m.rand.IntN(5)])
	case 4:
		data := []byte(lines[i])
		data[m.rand.IntN(len(data))] ^= 1 << m.rand.IntN(7)
		lines[i] = string(data)
	case 5:
		text := strings.Join(lines, "")
		return m.replace(vendorlist.Name, []byte(text[:m.rand.IntN(len(text))]))
	}
	return m.replace(vendorlist.Name, []byte(strings.Join(lines, "")))
}

func (m *mutator) chmod() (undo func(), named []string) {
	name := m.abs(m.pick())
	must(os.Chmod(name, 0o755))
	return func() { must(os.Chmod(name, 0o666)) }, nil
}

func (m *mutator) mtime() (undo func(), named []string) {
	must(os.Chtimes(m.abs(m.pick()), time.Time{}, time.Unix(m.rand.Int64N(1<<31), 0)))
	return func() {}, nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
