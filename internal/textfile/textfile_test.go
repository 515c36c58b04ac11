package textfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(path, 4); string(data) != "text" || err != nil {
		t.Errorf("got %q, %v", data, err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 1<<40); err != nil { // a hole
		t.Logf("the file system makes no hole: %v", err)
		large = path
	}
	for _, tt := range []struct{ path, want string }{
		{path, "reading " + path + ": it is larger than 3 bytes"},
		{large, "reading " + large + ": it is larger than 3 bytes"},
		{dir, "reading " + dir + ": it is not a regular file"},
	} {
		if data, err := Read(tt.path, 3); data != nil || err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %q, %v, want %s", tt.path, data, err, tt.want)
		}
	}
	if _, err := Read(filepath.Join(dir, "none"), 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestOpenIn(t *testing.T) {
	fsys := fstest.MapFS{"file": {Data: []byte("text")}, "pipe": {Mode: fs.ModeNamedPipe}}
	for _, tt := range []struct{ name, want string }{
		{"file", ""},
		{"pipe", "reading pipe: it is not a regular file"},
		{"none", "open none: file does not exist"},
	} {
		got := ""
		if f, err := OpenIn(fsys, tt.name); err != nil {
			got = err.Error()
		} else {
			f.Close()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
