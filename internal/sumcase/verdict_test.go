package sumcase

import (
	"strings"
	"testing"
)

// Hashes of the tests: what go.sum says, and others.
const (
	good  = "h1:good="
	evil  = "h1:evil="
	third = "h1:third="
)

func cached(zip, note, dir string) []Witness {
	all := []Witness{{Who: whoZip, Hash: zip}, {Who: whoZipHash, Hash: note}, {Who: whoDir, Hash: dir}}
	for i := range all {
		if all[i].Hash == "" {
			all[i].Fault = absent
		}
	}
	return all
}

func proxies(hashes ...string) (all []Witness) {
	for i, hash := range hashes {
		w := Witness{Who: "https://p" + string(rune('1'+i)) + ".example.com", Hash: hash}
		if hash == "" {
			w.Fault = "503 Service Unavailable"
		}
		all = append(all, w)
	}
	return all
}

func db(hash string) *Witness {
	if hash == "" {
		return &Witness{Who: "sum.example.com", Fault: "nobody may be asked"}
	}
	return &Witness{Who: "sum.example.com", Hash: hash}
}

func TestJudge(t *testing.T) {
	line := []Line{{File: "go.sum", Line: 7, Hash: good}}
	first := &History{Commit: "1111111111111111", Author: "Gopher", Date: "2024-01-02", Subject: "add dep"}
	changed := func(old string) *History {
		h := *first
		h.Commit, h.Subject, h.Old = "2222222222222222", "edit", old
		return &h
	}
	tests := []struct {
		name string
		e    Evidence
		want Verdict
		why  string
	}{
		{"no line", Evidence{}, NoLine, "go.sum has no line"},
		{"all agree", Evidence{Lines: line, Cache: cached(good, good, good), Proxies: proxies(good), Sumdb: db(good)}, Agrees, "sum.example.com says"},
		{"edited directory", Evidence{Lines: line, Cache: cached(good, good, evil), Proxies: proxies(good), Sumdb: db(good)}, DirtyCache, "directory differs in the module cache; sum.example.com says what go.sum says"},
		{"edited zip and .ziphash", Evidence{Lines: line, Cache: cached(evil, evil, evil), Proxies: proxies(good), Sumdb: db(good)}, DirtyCache, "zip, .ziphash and directory differ in the module cache"},
		{"truncated zip", Evidence{Lines: line, Cache: []Witness{{Who: whoZip, Fault: "not a zip"}}, Sumdb: db(good)}, DirtyCache, "zip differs in the module cache"},
		{"no database, a good proxy", Evidence{Lines: line, Cache: cached(evil, evil, evil), Proxies: proxies("", good)}, DirtyCache, "https://p2.example.com has what go.sum says"},
		{"offline, .ziphash is right", Evidence{Lines: line, Cache: cached(evil, good, good)}, DirtyCache, "zip differs in the module cache, while .ziphash and directory are"},
		{"altering proxy", Evidence{Lines: line, Cache: cached(good, good, good), Proxies: proxies(evil), Sumdb: db(good)}, AlteringProxy, "https://p1.example.com gives other content"},
		{"altering proxy, and an edited directory", Evidence{Lines: line, Cache: cached(good, good, third), Proxies: proxies(evil), Sumdb: db(good)}, AlteringProxy, "; directory differs in the module cache, too"},
		{"two good proxies", Evidence{Lines: line, Proxies: proxies(good, good)}, Agrees, "https://p1.example.com and https://p2.example.com have what go.sum says"},
		{"altering proxy by another", Evidence{Lines: line, Proxies: proxies(evil, good)}, AlteringProxy, "https://p1.example.com gives other content; https://p2.example.com has"},
		{"cache from an altering proxy", Evidence{Lines: line, Cache: cached(evil, evil, evil), Proxies: proxies(evil), Sumdb: db(good)}, AlteringProxy, "the zip in the module cache is from there"},
		{"go.sum edited, and committed", Evidence{Lines: line, Cache: cached(evil, evil, evil), Proxies: proxies(evil), Sumdb: db(evil), History: changed(evil)}, HandEdited, "go.sum:7: commit 222222222222 (2024-01-02, Gopher: edit) has replaced the hash that sum.example.com has"},
		{"go.sum edited, not committed", Evidence{Lines: line, Sumdb: db(evil), History: &History{Old: evil}}, HandEdited, "go.sum:7: a change that is not committed has replaced"},
		{"go.sum edited, without a database", Evidence{Lines: line, Proxies: proxies(evil), History: changed(evil)}, HandEdited, "has replaced the hash of what https://p1.example.com has"},
		{"go.sum edited, offline", Evidence{Lines: line, Cache: cached(evil, evil, evil), History: changed(evil)}, HandEdited, "the module cache has what was there before"},
		{"go.sum never right", Evidence{Lines: line, Proxies: proxies(evil), Sumdb: db(evil), History: first}, HandEdited, "nobody has content with this hash"},
		{"no git", Evidence{Lines: line, Proxies: proxies(evil), Sumdb: db(evil)}, HandEdited, "nobody has content"},
		{"re-tagged, the cache has the old one", Evidence{Lines: line, Cache: cached(good, good, good), Proxies: proxies(evil), Sumdb: db(evil), History: first}, Retagged, "published twice"},
		{"re-tagged, the proxy has the new one", Evidence{Lines: line, Proxies: proxies(good), Sumdb: db(evil)}, Retagged, "go.sum has the hash of what https://p1.example.com has"},
		{"re-tagged, private", Evidence{Lines: line, Proxies: proxies(evil, evil), History: first}, Retagged, "go.sum has had its line since commit 111111111111"},
		{"two that differ", Evidence{Lines: line, Proxies: proxies(evil, third), History: first}, Unclear, "each of"},
		{"one proxy against go.sum", Evidence{Lines: line, Cache: cached(good, good, good), Proxies: proxies(evil), History: first}, Unclear, "alone has other content"},
		{"two proxies, no git", Evidence{Lines: line, Proxies: proxies(evil, evil)}, Unclear, "published again, or go.sum was edited"},
		{"nobody", Evidence{Lines: line, Cache: cached("", "", ""), Proxies: proxies(""), Sumdb: db("")}, Unclear, "nobody has it to compare"},
		{"offline, all of the cache differs", Evidence{Lines: line, Cache: cached(evil, evil, evil), History: first}, Unclear, "another hash than go.sum"},
		{"offline, in order", Evidence{Lines: line, Cache: cached(good, good, ""), Sumdb: db("")}, Agrees, "zip and .ziphash are in the module cache as go.sum says"},
		{"two hashes in go.sum", Evidence{Lines: append(line, Line{"go.sum", 8, evil, ""}), Cache: cached(good, good, good), Sumdb: db(good)}, HandEdited, "go.sum:8 has another hash than go.sum:7; sum.example.com has that of go.sum:7"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Judge(&test.e)
			if got.Verdict != test.want || !strings.Contains(got.Why, test.why) {
				t.Errorf("got %s: %s", got.Verdict, got.Why)
			}
			if (got.Hint == "") != (got.Verdict == Agrees) {
				t.Errorf("hint %q", got.Hint)
			}
		})
	}
}

// TestBy has a commit whose author wants to write to the terminal.
func TestBy(t *testing.T) {
	h := &History{Commit: "1111111111111111", Author: "\x1b[2J\xff", Date: "2024-01-02", Subject: "a"}
	if got, want := h.By(), `commit 111111111111 (2024-01-02, \x1b[2J\xff: a)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
