package vendorsum

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/modstore"
)

// full returns a Sum that has all that there can be.
func full() *Sum {
	dep := Module{
		Version: module.Version{Path: "example.com/dep", Version: "v1.2.0"},
		Replace: module.Version{Path: "example.com/fork", Version: "v1.2.1"},
		List:    Text([]byte("# example.com/dep v1.2.0\n")),
		Zip:     Text([]byte("zip")),
		Origin:  &modstore.Origin{VCS: "git", URL: "https://git.example.com/fork", Hash: "5ab3", Ref: "refs/tags/v1.2.1"},
	}
	dep.SetFiles([]Hashed{
		{"sub/sub.go", sha256.Sum256([]byte("sub"))},
		{"dep.go", sha256.Sum256([]byte("dep"))},
		{"with space", sha256.Sum256(nil)},
		{"line\nfeed", sha256.Sum256(nil)},
		{`"quoted"`, sha256.Sum256(nil)},
		{"\xff", sha256.Sum256(nil)},
	})
	return &Sum{
		Rest: Text([]byte("## workspace\n")),
		Modules: []Module{
			dep,
			{Version: module.Version{Path: "example.com/old", Version: "v1.10.0"}, List: Text(nil), Origin: &modstore.Origin{VCS: "hg", URL: "x y", Hash: "1"}},
			{Version: module.Version{Path: "example.com/old", Version: "v1.9.0"}, Replace: module.Version{Path: "./my dir"}},
		},
	}
}

func TestEncode(t *testing.T) {
	want := full()
	text := want.Encode()
	got, err := Parse(Name, text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parsed what was encoded (-want +got):\n%s", diff)
	}
	if got.Modules[1].Version.Version != "v1.9.0" {
		t.Errorf("not sorted by version:\n%s", text)
	}
	if got.Module(module.Version{Path: "example.com/dep", Version: "v1.2.0"}) == nil || got.Module(module.Version{Path: "example.com/dep"}) != nil {
		t.Error("Module finds the wrong ones")
	}
}

func TestParseFaults(t *testing.T) {
	hash := Text(nil)
	dep := "example.com/dep v1.2.0 "
	tests := []struct{ text, want string }{
		{"x", "vendor.sum:1:1: malformed line"},
		{"modules.txt h1:x", "vendor.sum:1:1: malformed line"},
		{"modules.txt " + hash + "\nmodules.txt " + hash, "vendor.sum:2:1: said before"},
		{"<<<<<<< ours", "vendor.sum:1:1: a merge is not finished"},
		{"\tdep.go q0Fk3vWc1xY", "vendor.sum:1:1: malformed line"},
		{dep + "zip h2:abc", "vendor.sum:1:1: malformed hash"},
		{dep + "zip " + hash + "\n" + dep + "zip " + hash, "vendor.sum:2:1: said before"},
		{dep + "=> example.com/fork x", "vendor.sum:1:1: malformed replacement"},
		{dep + "=> ./a\n" + dep + "=> ./b", "vendor.sum:2:1: said before"},
		{dep + "git x", "vendor.sum:1:1: malformed line"},
		{dep + "git x 1 2 3", "vendor.sum:1:1: malformed line"},
		{dep + `git "x`, "vendor.sum:1:1: malformed line"},
		{"dep 1.2.0 zip " + hash, "vendor.sum:1:1: malformed line"},
		{dep + "vendor " + hash + "\n\tdep.go short", "vendor.sum:2:1: malformed line"},
		{dep + "vendor " + hash + "\n\t\"dep.go q0Fk3vWc1xY", "vendor.sum:2:1: malformed file name"},
		{dep + "vendor " + hash + strings.Repeat("\n\tdep.go "+Print([32]byte{}), 2), "vendor.sum:3:1: the file is listed twice"},
		{dep + "zip " + hash + "\n\tdep.go " + Print([32]byte{}), "vendor.sum:2:1: malformed line"},
	}
	for _, tt := range tests {
		if _, err := Parse(Name, []byte(tt.text)); err == nil || err.Error() != tt.want {
			t.Errorf("Parse(%q): got error %v, want %s", tt.text, err, tt.want)
		}
	}
}

// A tree whose names need no quotes has the hash that dirhash gives it.
func TestTree(t *testing.T) {
	files := []Hashed{{"a.go", sha256.Sum256([]byte("a"))}, {"b.go", sha256.Sum256([]byte("b"))}}
	want, err := dirhash.Hash1([]string{"a.go", "b.go"}, func(name string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.TrimSuffix(name, ".go"))), nil
	})
	if got := Tree(files); got != want || err != nil {
		t.Errorf("got %s, want %s, %v", got, want, err)
	}
	if got := Tree(nil); got != "" {
		t.Errorf("no files: got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full().Encode())
	f.Add([]byte("modules.txt " + Text(nil) + "\nexample.com/a v1.0.0 => ../a\r\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.sum", data)
		if err != nil {
			return
		}
		text := s.Encode()
		again, err := Parse("x.sum", text)
		if err != nil {
			t.Fatalf("parsing what was encoded: %v\n%s", err, text)
		}
		if !bytes.Equal(text, again.Encode()) {
			t.Errorf("got %s, want %s", again.Encode(), text)
		}
	})
}

// TestOwn wants a vendor.sum to be told from what else may have its name, even if it
// is damaged.
func TestOwn(t *testing.T) {
	own := string(full().Encode())
	gosum := "example.com/dep v1.2.0 " + Text(nil) + "\nexample.com/dep v1.2.0/go.mod " + Text(nil) + "\n"
	tests := []struct {
		name, text string
		want       bool
	}{
		{"own", own, true},
		{"a merge", "<<<<<<< ours\n" + own + ">>>>>>> theirs\n", true},
		{"cut off", own[:len(own)/2], true},
		{"sums of go", gosum, false},
		{"sums of go, in a merge", "<<<<<<< ours\n" + gosum + "=======\n>>>>>>> theirs\n", false},
		{"both", own + gosum, false},
		{"a text", "pay 3 euros\n", false},
		{"blank", "\n\n", false},
	}
	for _, tt := range tests {
		if got := Own.IsOwn([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
