package vendortree

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	gosums "github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modstore"
)

// A madeUpTree is a main module, its vendor directory and the zips that this comes
// from.
type madeUpTree struct {
	dir   string
	cache modstore.Dir
}

// madeUp writes a tree with n modules.
func madeUp(t testing.TB, n int) *madeUpTree {
	dir := t.TempDir()
	tree := &madeUpTree{filepath.Join(dir, "app"), modstore.OfCache(filepath.Join(dir, "mod"))}
	var gomod, gosum, list bytes.Buffer
	gomod.WriteString("module example.com/app\n\ngo 1.26\n\n")
	for i := range n {
		m := module.Version{Path: fmt.Sprintf("example.com/m%03d", i), Version: fmt.Sprintf("v1.%d.0", i)}
		fmt.Fprintf(&gomod, "require %s %s\n", m.Path, m.Version)
		fmt.Fprintf(&gosum, "%s %s %s\n", m.Path, m.Version, tree.addModule(t, m))
		fmt.Fprintf(&list, "# %s %s\n## explicit; go 1.21\n%s\n%s/a/deep\n", m.Path, m.Version, m.Path, m.Path)
		if err := tree.vendor(m); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string][]byte{"go.mod": gomod.Bytes(), "go.sum": gosum.Bytes(), "vendor/modules.txt": list.Bytes()} {
		tree.write(t, filepath.Join(tree.dir, name), text)
	}
	return tree
}

func (tree *madeUpTree) place(t testing.TB) *Place { return placeAt(t, tree.dir, tree.cache) }

// placeAt returns the vendor directory of the module in dir, outside of policies.
func placeAt(t testing.TB, dir string, cache modstore.Dir) *Place {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	f, err := modfile.Parse("go.mod", read("go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &modinput.Inputs{Roots: modgraph.Roots{Mains: []modgraph.Main{{Dir: dir, File: f}}}, Sums: make(modinput.Sums)}
	for m, hash := range gosums.Lines(read("go.sum")) {
		in.Sums[m] = append(in.Sums[m], hash)
	}
	return &Place{Inputs: in, Root: dir, Vendor: filepath.Join(dir, "vendor"), Cache: cache, Getenv: func(string) string { return "" }}
}

// addModule writes the zip of a module, and returns its hash.
func (tree *madeUpTree) addModule(t testing.TB, m module.Version) string {
	text := func(pkg string) string {
		return fmt.Sprintf("// Package %s is of %s.\npackage %s\n\nimport _ \"embed\"\n\n//go:embed all:data *.tmpl\nvar files string\n", pkg, m, pkg)
	}
	files := [][2]string{
		{"go.mod", "module " + m.Path + "\n\ngo 1.21\n"},
		{"LICENSE", "The licence of " + m.String() + ".\n"},
		{"a/LICENSE.txt", "Another one.\n"},
		{"a/not.go", "package a\n"},
		{"a/deep/deep.go", "package deep\n\n// " + m.String() + "\n"},
		{"a/deep/deep_test.go", "package deep\n"},
		{"a/deep/deep_windows.go", "package deep\n\n// Windows.\n"},
		{"data/.hidden/file.bin", "\x00\x01\x02\r\n" + m.String()},
		{"data/text.txt", "one\ntwo\n" + m.String() + "\n"},
		{"gen.go", "//go:build ignore\n\npackage main\n"},
		{"main.tmpl", "{{.}}\n" + m.String() + "\n"},
		{"root.go", text("root")},
		{"root_linux.s", "TEXT ·x(SB), $0\n\tRET\n// " + m.String() + "\n"},
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(m.String() + "/" + f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := tree.cache.File(m, modstore.Zip)
	tree.write(t, name, b.Bytes())
	hash, err := dirhash.HashZip(name, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// vendor copies what go mod vendor would.
func (tree *madeUpTree) vendor(m module.Version) error {
	r, err := zip.OpenReader(tree.cache.File(m, modstore.Zip))
	if err != nil {
		return err
	}
	defer r.Close()
	for _, name := range []string{
		"LICENSE", "a/LICENSE.txt", "a/deep/deep.go", "a/deep/deep_windows.go",
		"data/.hidden/file.bin", "data/text.txt", "main.tmpl", "root.go", "root_linux.s",
	} {
		f, err := r.Open(m.String() + "/" + name)
		if err != nil {
			return err
		}
		to := filepath.Join(tree.dir, "vendor", m.Path, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(f); err != nil {
			return err
		}
		if err := os.WriteFile(to, b.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

func (tree *madeUpTree) write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
