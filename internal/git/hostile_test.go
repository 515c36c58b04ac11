package git

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// deflate returns data as a zlib stream.
func deflate(data string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(data))
	w.Close()
	return b.String()
}

// TestDamaged sees that a damaged file makes an error that names it.
func TestDamaged(t *testing.T) {
	const hash1 = "1111111111111111111111111111111111111111"
	// The commit of the pseudo-file HEAD is loose; of PACK and IDX, packed.
	tests := []struct {
		name, file, content string
	}{
		{"empty HEAD", ".git/HEAD", ""},
		{"HEAD out of the repository", ".git/HEAD", "ref: refs/../../../etc/passwd\n"},
		{"HEAD outside of refs", ".git/HEAD", "ref: config\n"},
		{"HEAD outside of heads", ".git/HEAD", "ref: refs/tags/v1.0.0\n"},
		{"short hash in HEAD", ".git/HEAD", hash1[1:] + "\n"},
		{"long hash in HEAD", ".git/HEAD", hash1 + "1\n"},
		{"HEAD too large", ".git/HEAD", "ref: refs/heads/main\n" + strings.Repeat(" ", maxTextFile)},
		{"symbolic loop", ".git/refs/heads/main", "ref: refs/heads/main\n"},
		{"branch not a hash", ".git/refs/heads/main", "zz\n"},
		{"tag cut short", ".git/refs/tags/light", "12"},
		{"no hash in packed-refs", ".git/packed-refs", "zz refs/tags/x\n"},
		{"no name in packed-refs", ".git/packed-refs", hash1 + "\n"},
		{"peeled nothing", ".git/packed-refs", "^" + hash1 + "\n"},
		{"blank line in packed-refs", ".git/packed-refs", "\n"},
		{"endless line in packed-refs", ".git/packed-refs", hash1 + " " + strings.Repeat("x", 1<<20)},
		{"config", ".git/config", "[core\n"},
		{"version", ".git/config", "[core]\nrepositoryformatversion = 2\n"},
		{"extension", ".git/config", "[core]\nrepositoryformatversion = 1\n[extensions]\nfuture\n"},
		{"object format", ".git/config", "[extensions]\nobjectformat = md5\n"},
		{"commondir", ".git/commondir", "\n"},
		{"commit not compressed", "HEAD", "tree"},
		{"commit cut short", "HEAD", deflate("commit 500\x00tree " + hash1 + "\n")[:20]},
		{"commit without checksum", "HEAD", deflate("commit 5\x00tree ")[:20]},
		{"commit smaller than stated", "HEAD", deflate("commit 500\x00tree " + hash1 + "\n")},
		{"commit larger than stated", "HEAD", deflate("commit 5\x00tree " + hash1 + "\n")},
		{"commit states a huge size", "HEAD", deflate("commit 99999999999\x00tree " + hash1 + "\n")},
		{"commit states no size", "HEAD", deflate("commit x\x00tree ")},
		{"commit too large", "HEAD", deflate("commit 1048577\x00" + strings.Repeat("x", 1048577))},
		{"commit is a blob", "HEAD", deflate("blob 1\x00x")},
		{"commit without committer", "HEAD", deflate("commit 46\x00tree " + hash1 + "\n")},
		{"commit with wrong parent", "HEAD", deflate("commit 56\x00tree " + hash1 + "\nparent 12\n")},
		{"empty index", "IDX", ""},
		{"index of a huge pack", "IDX", "\xfftOc\x00\x00\x00\x02" + strings.Repeat("\xff", 2000)},
		{"index out of order", "IDX", "\xfftOc\x00\x00\x00\x02\xff" + strings.Repeat("\x00", 4000)},
		{"index version", "IDX", "\xfftOc\x00\x00\x00\x03" + strings.Repeat("\x00", 4000)},
		{"empty pack", "PACK", ""},
		{"pack version", "PACK", "PACK\x00\x00\x00\x09" + strings.Repeat("x", 4000)},
		{"pack of zeros", "PACK", "PACK\x00\x00\x00\x02" + strings.Repeat("\x00", 4000)},
		{"alternates without end", ".git/objects/info/alternates", manyAlternates()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			c.commit(1)
			file := test.file
			switch head := c.git("rev-parse", "HEAD"); file {
			case "HEAD":
				file = ".git/objects/" + head[:2] + "/" + head[2:]
			case "IDX", "PACK":
				c.git("repack", "-q", "-ad")
				file = c.glob(".git/objects/pack/*." + strings.ToLower(file))
			}
			c.tag("light")
			c.tag("other", "HEAD^{tree}")
			c.write(file, test.content)
			err := c.anyError()
			if err == nil || !strings.Contains(err.Error(), c.path(file)) {
				t.Errorf("got %v, want an error about %s", err, file)
			}
		})
	}
}

func manyAlternates() string {
	var b strings.Builder
	for i := range maxAlternates + 1 {
		b.WriteString(strings.Repeat("x", i+1) + "\n")
	}
	return b.String()
}

// anyError opens the repository, asks for all facts and returns the errors.
func (c *checkout) anyError() error {
	if _, err := Open(c.dir); err != nil {
		return err
	}
	_, err := c.facts()
	return err
}

func TestReftable(t *testing.T) {
	for _, storage := range []string{"reftable", "reftable:///elsewhere"} {
		c := newCheckout(t)
		c.git("config", "core.repositoryformatversion", "1")
		c.git("config", "extensions.refStorage", storage)
		if _, err := Open(c.dir); !errors.Is(err, ErrReftable) {
			t.Errorf("%s: Open: %v, want ErrReftable", storage, err)
		}
	}
}

func TestOpenNothing(t *testing.T) {
	if _, err := Open(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open without .git: %v, want not exist", err)
	}
}

func TestMalformedGitFile(t *testing.T) {
	for _, content := range []string{"", "gitdir:", "gitdir: \n", "gitdir: a\nb\n", "x", "gitdir: a\x00b"} {
		path := filepath.Join(t.TempDir(), ".git")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(filepath.Dir(path)); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("Open with .git file %q: %v", content, err)
		}
	}
}

// testPack makes a pack with the given entries, each a header and a stream,
// and an index of version 2 in which entry i has a name of bytes i.
func testPack(entries ...string) (data, idx []byte) {
	pack := []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x00")
	var names, offsets []byte
	fanout := make([]byte, 0, 1024)
	for i, e := range entries {
		names = append(names, bytes.Repeat([]byte{byte(i)}, sha1Len)...)
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(pack)))
		pack = append(pack, e...)
	}
	for i := range 256 {
		fanout = binary.BigEndian.AppendUint32(fanout, uint32(min(i+1, len(entries))))
	}
	idx = append([]byte("\xfftOc\x00\x00\x00\x02"), fanout...)
	idx = append(idx, names...)
	idx = append(idx, make([]byte, 4*len(entries))...)
	idx = append(idx, offsets...)
	return append(pack, make([]byte, sha1Len)...), append(idx, make([]byte, 2*sha1Len)...)
}

// readPack reads the first object of a pack held in memory, as a commit.
func readPack(data, idx []byte) ([]byte, error) {
	x, err := newIndex(bytes.NewReader(idx), int64(len(idx)), sha1Len)
	if err != nil {
		return nil, err
	}
	p := &pack{path: "test.pack", idx: x}
	if err := p.init(bytes.NewReader(data), int64(len(data))); err != nil {
		return nil, err
	}
	off, ok, err := x.find(make([]byte, sha1Len))
	if err != nil || !ok {
		return nil, err
	}
	if _, err := p.kind(off); err != nil {
		return nil, err
	}
	return p.read(off, kindCommit, new(inflater))
}

func TestPackEntries(t *testing.T) {
	name := func(i byte) string { return strings.Repeat(string(rune(i)), sha1Len) }
	full := "\x15" + deflate("hello") // a commit of 5 bytes
	// A delta of 8 bytes: 5 to 7 bytes, copy 5 from 0, insert "!?".
	delta := deflate("\x05\x07\x90\x05\x02!?")
	tests := []struct {
		name    string
		entries []string
		want    string
		err     error
	}{
		{"full", []string{full}, "hello", nil},
		{"delta by name", []string{"\x77" + name(1) + delta, full}, "hello!?", nil},
		{"delta of itself", []string{"\x77" + name(0) + delta}, "", errPack},
		{"deltas in a circle", []string{"\x77" + name(1) + delta, "\x77" + name(0) + delta}, "", errChain},
		{"delta by absent name", []string{"\x77" + name(9) + delta, full}, "", errPack},
		{"delta by offset 0", []string{"\x67\x0c" + delta}, "", errPack},
		{"delta by distance 0", []string{"\x67\x00" + delta}, "", errPack},
		{"delta from before the pack", []string{"\x67\x80\x7f" + delta}, "", errPack},
		{"distance without end", []string{"\x67" + strings.Repeat("\xff", 40)}, "", errPack},
		{"size without end", []string{"\x95" + strings.Repeat("\xff", 40)}, "", errPack},
		{"huge size", []string{"\x95\xff\xff\xff\xff\xff\xff\x7f" + deflate("hello")}, "", errTooLarge},
		{"wrong size", []string{"\x16" + deflate("hello")}, "", errSize},
		{"tree", []string{"\x25" + deflate("hello")}, "", errKind},
		{"kind 0", []string{"\x05" + deflate("hello")}, "", errPack},
		{"kind 5", []string{"\x55" + deflate("hello")}, "", errPack},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readPack(testPack(test.entries...))
			if string(got) != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("got %q, %v; want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	const base = "hello"
	tests := []struct {
		name, delta, want string
		err               error
	}{
		{"copy and insert", "\x05\x07\x90\x05\x02!?", "hello!?", nil},
		{"offset and size", "\x05\x03\x91\x01\x03", "ell", nil},
		{"nothing", "\x05\x00", "", nil},
		{"other base", "\x06\x00", "", errDelta},
		{"copy past the end", "\x05\x05\x91\x01\x05", "", errDelta},
		{"copy 64 KiB", "\x05\x05\x80", "", errDelta},
		{"offset of 4 GiB", "\x05\x05\x9f\xff\xff\xff\xff\x05", "", errDelta},
		{"more than stated", "\x05\x04\x90\x05", "", errDelta},
		{"less than stated", "\x05\x06\x90\x05", "", errDelta},
		{"reserved op", "\x05\x05\x00", "", errDelta},
		{"insert past the end", "\x05\x05\x05ab", "", errDelta},
		{"huge result", "\x05\xff\xff\xff\xff\x0f\x90\x05", "", errTooLarge},
		{"empty", "", "", errDelta},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := patch([]byte(base), []byte(test.delta))
			if string(got) != test.want || err != test.err {
				t.Errorf("patch = %q, %v; want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

// TestMemory reads a pack whose streams inflate to far more than is allowed.
func TestMemory(t *testing.T) {
	bomb := deflate(strings.Repeat("\x00", 32<<20))
	data, idx := testPack("\x9f\xff\xff\x03" + bomb) // states a little under 1 MiB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readPack(data, idx)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, errSize) {
		t.Errorf("got %v, want %v", err, errSize)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("allocated %d bytes in all, want at most 16 MiB", got)
	}
}
