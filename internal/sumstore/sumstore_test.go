package sumstore

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
)

func mod(i int) module.Version {
	return module.Version{Path: "example.com/m" + strconv.Itoa(i), Version: "v1.0.0"}
}

func record(i int) *Record {
	r := &Record{State: "state of " + strconv.Itoa(i), Zip: "h1:z=", Mod: "h1:m=", N: 2, Time: time.Unix(0, int64(i)+1)}
	for _, name := range []string{"a b.go", "sub/c.go"} {
		f := File{Name: name, Size: int64(i) * 300}
		f.Hash[0] = byte(i)
		r.Files = append(r.Files, f)
	}
	return r
}

// open opens a store of which nothing is said.
func open(t *testing.T, dir string) *Store {
	t.Helper()
	s := Open(dir, func(note string) { t.Errorf("note: %s", note) })
	t.Cleanup(s.Close)
	return s
}

func TestRecords(t *testing.T) {
	dir, cache := filepath.Join(t.TempDir(), "a b?c#d%20"), t.TempDir()
	s := open(t, dir)
	all := map[module.Version]*Record{mod(1): record(1), mod(2): record(2)}
	s.Put(cache, all)
	s.Put(cache, map[module.Version]*Record{mod(2): record(2)})
	s.Put(t.TempDir(), map[module.Version]*Record{mod(3): record(3)})
	s.Close()
	s = open(t, dir)
	want := make(map[module.Version]Record)
	for m, r := range all {
		bare := *r
		bare.Files = nil
		want[m] = bare
	}
	if diff := cmp.Diff(want, s.Records(cache)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(all[mod(2)].Files, s.Files(cache, mod(2))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if files := s.Files(cache, mod(3)); files != nil {
		t.Errorf("another cache's files: %v", files)
	}
	s.Forget(cache, []module.Version{mod(1)})
	if got := s.Records(cache); len(got) != 1 {
		t.Errorf("after Forget: %v", got)
	}
	if err := os.Remove(cache); err != nil {
		t.Fatal(err)
	}
	s.Put(t.TempDir(), all)
	if got := s.Records(cache); len(got) != 0 {
		t.Errorf("of a cache that is gone: %v", got)
	}
	if info, err := os.Stat(filepath.Join(dir, FileName)); err != nil || info.Size() == 0 {
		t.Errorf("the database is elsewhere: %v", err)
	}
}

func TestProjects(t *testing.T) {
	s := open(t, t.TempDir())
	gone, here := t.TempDir(), t.TempDir()
	s.AddProject(gone, []string{"x"})
	s.AddProject(here, []string{"a", "b"})
	s.AddProject(here, []string{"a", "b"})
	if got := s.Projects(); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	s.AddProject(here, []string{"a"})
	if diff := cmp.Diff(map[string][]string{here: {"a"}}, s.Projects()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestNone: without a database all calls do nothing.
func TestNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	notes := 0
	for _, dir := range []string{"", filepath.Join(file, "sub")} {
		s := Open(dir, func(string) { notes++ })
		if s != nil {
			t.Errorf("%q: a store", dir)
		}
		s.Put("cache", map[module.Version]*Record{mod(1): record(1)})
		s.AddProject("root", nil)
		s.Forget("cache", []module.Version{mod(1)})
		if len(s.Records("cache"))+len(s.Projects())+len(s.Files("cache", mod(1))) > 0 {
			t.Error("it knows something")
		}
		s.Close()
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

// TestUnfit wants what is no database of this goshim to be set aside and told,
// and a new one to be made.
func TestUnfit(t *testing.T) {
	sqlFile := func(statements string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statements); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name, note string
		make       func(*testing.T, string)
	}{
		{"text", "file is not a database", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("this is no database\n", 1000)), 0o666); err != nil {
				t.Fatal(err)
			}
		}},
		{"foreign", "another program's", sqlFile("CREATE TABLE t (x); PRAGMA application_id = 77")},
		{"damaged", "malformed", func(t *testing.T, path string) {
			s := open(t, filepath.Dir(path))
			all := make(map[module.Version]*Record)
			for i := range 500 {
				all[mod(i)] = record(i)
			}
			s.Put("/", all)
			s.Close()
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			for at := int64(4096); at < info.Size(); at += 4096 {
				if _, err := f.WriteAt([]byte(strings.Repeat("\xff", 2000)), at); err != nil {
					t.Fatal(err)
				}
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, cache := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, FileName)
			test.make(t, path)
			for i := range 2 {
				var notes []string
				s := Open(dir, func(note string) { notes = append(notes, note) })
				s.Records("/")
				s.Put(cache, map[module.Version]*Record{mod(i): record(i)})
				if got := s.Records(cache); len(got) != i+1 {
					t.Errorf("got %v", got)
				}
				s.Close()
				if i == 0 && (len(notes) != 1 || !strings.Contains(notes[0], test.note)) || i == 1 && len(notes) > 0 {
					t.Errorf("notes: %q", notes)
				}
			}
			if _, err := os.Stat(path + ".unfit"); err != nil {
				t.Errorf("not set aside: %v", err)
			}
		})
	}
}

// TestUnfitAgain wants one database that was set aside, however often.
func TestUnfitAgain(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte("no database "+strconv.Itoa(i)), 0o666); err != nil {
			t.Fatal(err)
		}
		Open(dir, func(string) {}).Close()
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.unfit*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("got %q, %v", names, err)
	}
	if data, err := os.ReadFile(names[0]); string(data) != "no database 2" {
		t.Errorf("got %q, %v", data, err)
	}
}

// TestFault has many goroutines ask a store when its file turns out to lack
// a table: they learn nothing, and one note tells why.
func TestFault(t *testing.T) {
	dir := t.TempDir()
	open(t, dir).Close()
	notes := 0
	s := Open(dir, func(string) { notes++ })
	defer s.Close()
	if _, err := s.db.Exec("DROP TABLE module"); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if files := s.Files("/", mod(i)); files != nil {
				t.Errorf("files %v", files)
			}
		})
	}
	wait.Wait()
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

// worker is the variable that makes this test binary a process that writes.
const worker = "SUMSTORE_TEST_WORKER"

func TestMain(m *testing.M) {
	if spec := os.Getenv(worker); spec != "" {
		os.Exit(work(spec))
	}
	os.Exit(m.Run())
}

// work writes records of its own and reads all of them, as one of many processes.
func work(spec string) int {
	f := strings.Split(spec, "\n")
	dir, cache := f[0], f[1]
	from, _ := strconv.Atoi(f[2])
	status := 0
	note := func(text string) { fmt.Println(text); status = 1 }
	for i := range rounds {
		s := Open(dir, note)
		s.Put(cache, map[module.Version]*Record{mod(from + i): record(from + i)})
		if got := s.Records(cache); got[mod(from+i)].State != record(from+i).State {
			note(fmt.Sprintf("%d is lost", from+i))
		}
		s.Close()
	}
	return status
}

const rounds = 20

// TestProcesses has ten processes begin with no database and write at once.
func TestProcesses(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	const n = 10
	var wait sync.WaitGroup
	for p := range n {
		wait.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), worker+"="+dir+"\n"+cache+"\n"+strconv.Itoa(p*rounds))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", p, err, out)
			}
		})
	}
	wait.Wait()
	if got := open(t, dir).Records(cache); len(got) != n*rounds {
		t.Errorf("%d records of %d", len(got), n*rounds)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(record(1).Files))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := decode(data)
		if diff := cmp.Diff(files, decode(encode(files))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}
