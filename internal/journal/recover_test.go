package journal

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRecover(t *testing.T) {
	old, next := files{"a": "1", "d/b": "2", "gone": "3"}, files{"a": "4", "d/b": "5", "made": "6"}
	tests := []struct {
		name    string
		meddle  func(t *testing.T, root string)
		want    files
		foreign []string // files that the error names
		kept    []string // contents that are kept
	}{
		{
			name:   "nothing happened",
			meddle: func(*testing.T, string) {},
			want:   next,
		},
		{
			name: "temporary files are gone",
			meddle: func(t *testing.T, root string) {
				for name := range readTree(t, root) {
					if strings.Contains(name, ".goshim-") {
						os.Remove(filepath.Join(root, name))
					}
				}
			},
			want: next,
		},
		{
			name:    "edited",
			meddle:  func(t *testing.T, root string) { write(t, filepath.Join(root, "a"), "mine") },
			want:    files{"a": "mine", "d/b": "5", "made": "6"},
			foreign: []string{"a"},
			kept:    []string{"4"},
		},
		{
			name: "two edited, one to be removed",
			meddle: func(t *testing.T, root string) {
				write(t, filepath.Join(root, "a"), "")
				write(t, filepath.Join(root, "gone"), "mine")
			},
			want:    files{"a": "", "d/b": "5", "gone": "mine", "made": "6"},
			foreign: []string{"a", "gone"},
			kept:    []string{"4"},
		},
		{
			name:    "made",
			meddle:  func(t *testing.T, root string) { write(t, filepath.Join(root, "made"), "mine") },
			want:    files{"a": "4", "d/b": "5", "made": "mine"},
			foreign: []string{"made"},
			kept:    []string{"6"},
		},
		{
			name:    "folder removed",
			meddle:  func(t *testing.T, root string) { os.RemoveAll(filepath.Join(root, "d")) },
			want:    files{"a": "4", "made": "6"},
			foreign: []string{"b"},
			kept:    []string{"5"},
		},
		{
			name: "folder replaced by a file",
			meddle: func(t *testing.T, root string) {
				os.RemoveAll(filepath.Join(root, "d"))
				write(t, filepath.Join(root, "d"), "mine")
			},
			want:    files{"a": "4", "d": "mine", "made": "6"},
			foreign: []string{"b"},
			kept:    []string{"5"},
		},
		{
			name: "everything removed",
			meddle: func(t *testing.T, root string) {
				os.RemoveAll(root)
				os.Mkdir(root, 0o755)
			},
			want:    files{"made": "6"},
			foreign: []string{"a", "b"},
			kept:    []string{"4", "5"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root, j := newWorld(t, old)
			interrupt(t, j, changes(root, old, next))
			test.meddle(t, root)
			err := j.Recover()
			if (err == nil) != (test.foreign == nil) {
				t.Fatalf("got error %v", err)
			}
			for _, name := range test.foreign {
				if !strings.Contains(err.Error(), string(filepath.Separator)+name+": ") {
					t.Errorf("the error does not name %s: %v", name, err)
				}
			}
			checkFiles(t, root, test.want)
			keptDir := filepath.Join(j.dir, "kept")
			if test.kept != nil {
				kept := readTree(t, keptDir)
				for name := range kept {
					if !strings.Contains(err.Error(), filepath.Join(keptDir, name)) {
						t.Errorf("the error does not say where %s is: %v", name, err)
					}
				}
				if got := slices.Sorted(maps.Values(kept)); !slices.Equal(got, test.kept) {
					t.Errorf("kept %q, want %q", got, test.kept)
				}
				os.RemoveAll(keptDir)
			}
			checkOver(t, j)
			if err := j.Recover(); err != nil {
				t.Errorf("the second time: %v", err)
			}
			checkFiles(t, root, test.want)
		})
	}
}

// A new commit does not bury one that is pending.
func TestCommitWhilePending(t *testing.T) {
	old, next := files{"a": "1"}, files{"a": "2"}
	root, j := newWorld(t, old)
	interrupt(t, j, changes(root, old, next))
	if err := j.Commit(changes(root, old, files{"a": "3"})); err == nil {
		t.Error("commit succeeds")
	}
	if err := j.Recover(); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, root, next)
}

// A record that is not whole is reported and left, and so are the files.
func TestRecordDamaged(t *testing.T) {
	old := files{"a": "1", "b": "2"}
	root, j := newWorld(t, old)
	interrupt(t, j, changes(root, old, files{"a": "3", "b": "4"}))
	whole, err := os.ReadFile(j.decided())
	if err != nil {
		t.Fatal(err)
	}
	before := readTree(t, root)
	damaged := []string{
		strings.Replace(string(whole), "journal 1", "journal 2", 1),
		strings.Replace(string(whole), `"3"`, `"5"`, 1),
		string(whole) + "\n",
		string(make([]byte, len(whole))),
	}
	for n := range whole {
		damaged = append(damaged, string(whole[:n]))
	}
	for _, data := range damaged {
		write(t, j.decided(), data)
		if err := j.Recover(); err == nil || !strings.HasPrefix(err.Error(), j.decided()+": ") {
			t.Errorf("%.80q: got error %v", data, err)
		}
		if got, _ := os.ReadFile(j.decided()); string(got) != data {
			t.Errorf("%.80q is replaced by %.80q", data, got)
		}
	}
	checkFiles(t, root, before)
	write(t, j.decided(), string(whole))
	if err := j.Recover(); err != nil {
		t.Error(err)
	}
	checkFiles(t, root, files{"a": "3", "b": "4"})
}

// A torn record of a commit that was not decided is in nobody's way.
func TestUndecidedTorn(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, "undecided"), recordHead+`"half`)
	j := Open(top)
	unlock, err := j.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	checkOver(t, j)
}

func FuzzRecord(f *testing.F) {
	f.Add("/a b/go.dev.mod", ".x", "old", "new", true)
	f.Add("", "\t\"\n", "", "sum \xff\n", false)
	f.Fuzz(func(t *testing.T, path, temp, old, content string, removed bool) {
		e := entry{path, temp, digest([]byte(old)), []byte(content)}
		if removed {
			e.new = nil
		}
		rec, err := decode(record{e, e}.encode())
		if err != nil || len(rec) != 2 {
			t.Fatalf("got %v, %v", rec, err)
		}
		for _, got := range rec {
			if got.path != e.path || got.tempName != e.tempName || got.old != e.old || digest(got.new) != digest(e.new) {
				t.Errorf("got %q, want %q", got, e)
			}
		}
	})
}

// interrupt commits the changes up to the decision.
func interrupt(t *testing.T, j *Journal, changes []Change) {
	t.Helper()
	type stop struct{}
	defer func() {
		j.step = nil
		if r := recover(); r != (stop{}) {
			t.Fatalf("commit was not interrupted: %v", r)
		}
		if !j.Pending() {
			t.Fatal("nothing is pending")
		}
	}()
	j.step = func(step string) {
		if step == "decided" {
			panic(stop{})
		}
	}
	err := j.Commit(changes)
	t.Fatalf("commit ends: %v", err)
}

func sorted(sets ...files) []string {
	all := map[string]bool{}
	for _, set := range sets {
		for name := range set {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
