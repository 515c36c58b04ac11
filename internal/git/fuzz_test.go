package git

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// FuzzRefs reads HEAD, packed-refs and config from memory. What they give must
// be well formed.
func FuzzRefs(f *testing.F) {
	const id = "1234567890123456789012345678901234567890"
	f.Add([]byte("ref: refs/heads/main\n"), []byte("# pack-refs with: peeled fully-peeled sorted \n"+id+" refs/tags/a\n^"+id+"\n"), "[core]\n\trepositoryformatversion = 0\n")
	f.Add([]byte(id+"\n"), []byte(id+" refs/tags/a\n"), "[extensions]\nobjectformat = \"sha256\" ; x\n")
	f.Add([]byte("ref: refs/../x"), []byte("^"), "[a \"b\\\"\"] c = \\\n")
	f.Fuzz(func(t *testing.T, head, packed []byte, config string) {
		if got, ok := parseRef(head, sha1Len); ok {
			if (got.target == "") == (got.id == "") {
				t.Errorf("parseRef: %+v", got)
			}
			if strings.Contains(got.target, "..") || got.id != "" && !isHash(string(got.id), sha1Len) {
				t.Errorf("parseRef: %+v", got)
			}
		}
		s := packedScanner{hashLen: sha1Len}
		s.scan(bytes.NewReader(packed), func(ref packedRef, _ bool) bool {
			if len(ref.name) == 0 || !isHash(ref.id, sha1Len) {
				t.Errorf("packed ref %q %q", ref.id, ref.name)
			}
			if ref.peeled != nil && !isHash(ref.peeled, sha1Len) {
				t.Errorf("packed ref %q peeled to %q", ref.name, ref.peeled)
			}
			return true
		})
		format := format{hashLen: sha1Len}
		scanConfig(config, format.set)
		parseAlternates(config)
		parsePath(head)
	})
}

// FuzzPack reads the first object of a pack of three entries, of which two are
// compressed here, so that changes get past the checksum of zlib.
func FuzzPack(f *testing.F) {
	const delta = "\x05\x07\x90\x05\x02!?"
	name := func(i byte) string { return strings.Repeat(string(rune(i)), sha1Len) }
	f.Add("\x15", "hello", "\x15", "hello", "")
	f.Add("\x77"+name(1), delta, "\x15", "hello", "")
	f.Add("\x77"+name(1), delta, "\x67\x10", delta, "\x15"+deflate("hello"))
	f.Add("\x77"+name(2), delta, "\x15", "hello", "\x67\x0d"+deflate(delta))
	f.Add("\x95\xff\xff\xff\x7f", "hello", "\x67\xff\x7f", "", "\x00")
	f.Fuzz(func(t *testing.T, head1, body1, head2, body2, raw string) {
		got, err := readPack(testPack(head1+deflate(body1), head2+deflate(body2), raw))
		if err == nil && len(got) > maxObject {
			t.Errorf("read %d bytes", len(got))
		}
	})
}

// FuzzIndex reads an index on its own, and a real pack by it.
func FuzzIndex(f *testing.F) {
	c := newCheckout(f)
	released(c).git("repack", "-q", "-adf")
	data := []byte(c.read(c.glob(".git/objects/pack/*.pack")))
	idx := func() []byte { return []byte(c.read(c.glob(".git/objects/pack/*.idx"))) }
	f.Add(idx())
	c.git("index-pack", "-o", "wide.idx", "--index-version=2,0x40", c.glob(".git/objects/pack/*.pack"))
	f.Add([]byte(c.read("wide.idx")))
	c.git("index-pack", "-o", "old.idx", "--index-version=1", c.glob(".git/objects/pack/*.pack"))
	f.Add([]byte(c.read("old.idx")))
	f.Fuzz(func(t *testing.T, idx []byte) {
		x, err := newIndex(bytes.NewReader(idx), int64(len(idx)), sha1Len)
		if err != nil {
			return
		}
		p := &pack{path: "fuzz.pack", idx: x}
		if err := p.init(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatal(err)
		}
		for i := range min(x.fanout[255], 64) {
			x.find(bytes.Repeat([]byte{byte(i)}, sha1Len))
			off, err := x.offset(i)
			if err != nil {
				continue
			}
			if off < 0 {
				t.Fatalf("offset %d", off)
			}
			if k, err := p.kind(off); err == nil && (k < kindCommit || k > kindTag) {
				t.Fatalf("kind %d", k)
			}
			p.read(off, kindCommit, new(inflater))
		}
	})
}

// FuzzObject reads deltas, loose objects and the headers of objects.
func FuzzObject(f *testing.F) {
	f.Add([]byte("hello"), []byte("\x05\x07\x90\x05\x02!?"))
	f.Add([]byte("commit 5\x00hello"), []byte("\x05\x03\x91\x01\x03"))
	f.Add([]byte("tree 1234567890123456789012345678901234567890\nauthor A <a> 1 +0\ncommitter C <c> 2 +0\n\nx"), []byte{})
	f.Add([]byte("object 1234567890123456789012345678901234567890\ntype commit\ntag v1\ntagger C <c> 2 +0\n\nx"), []byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got, err := patch(a, b); err == nil && len(got) > maxObject {
			t.Errorf("patch made %d bytes", len(got))
		}
		parseCommit(a, sha1Len)
		parseTag(a, sha1Len)
		parseLooseHeader(a)
		file, err := os.CreateTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file.Name())
		defer file.Close()
		file.WriteString(deflate(string(a)))
		file.Seek(0, 0)
		got, err := new(inflater).loose(file, kindCommit)
		if err == nil && !bytes.HasSuffix(a, got) {
			t.Errorf("loose(%q) = %q", a, got)
		}
	})
}
