package policy

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestRecordsAreWhole writes one record from many sides while it is read: a
// reader sees one of the contents, and never a part or none.
func TestRecordsAreWhole(t *testing.T) {
	home := t.TempDir()
	getenv := func(name string) string {
		return map[string]string{"HOME": home, "USERPROFILE": home, "LocalAppData": home, "XDG_STATE_HOME": home}[name]
	}
	path := filepath.Join(home, FileName)
	hashes := []string{strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)}
	if err := SetTrusted(path, hashes[0], getenv); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for _, hash := range hashes {
		writers.Go(func() {
			for range 50 {
				if err := SetTrusted(path, hash, getenv); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for {
		if got := TrustedHash(path, getenv); len(got) != 64 || strings.Trim(got, got[:1]) != "" {
			t.Errorf("torn record: %q", got)
		}
		select {
		case <-done:
			left, _ := filepath.Glob(filepath.Join(home, "goshim", "trust", ".new-*"))
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			return
		default:
		}
	}
}

// TestRecordOfLinks wants every way to a repository to lead to one record.
func TestRecordOfLinks(t *testing.T) {
	home := t.TempDir()
	getenv := func(name string) string { return map[string]string{"HOME": home, "XDG_STATE_HOME": home}[name] }
	repo, link := filepath.Join(home, "repo"), filepath.Join(home, "link")
	if err := os.Mkdir(repo, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repo, FileName), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(repo, link); err != nil {
		t.Skip(err)
	}
	if err := SetTrusted(filepath.Join(link, FileName), "x", getenv); err != nil {
		t.Fatal(err)
	}
	if got := TrustedHash(filepath.Join(repo, FileName), getenv); got != "x" {
		t.Errorf("got %q, want the hash that was recorded by way of the link", got)
	}
	if err := StoreEnv(repo, "dev", getenv); err != nil {
		t.Fatal(err)
	}
	if got := StoredEnv(link, getenv); got != "dev" {
		t.Errorf("got environment %q, want the one stored by way of the repository", got)
	}
}
