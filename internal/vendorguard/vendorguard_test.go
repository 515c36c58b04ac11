package vendorguard

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheck wants what go mod vendor cannot make again to be refused, and a copy of
// a submodule's .git file not to be.
func TestCheck(t *testing.T) {
	const list = "vendor/modules.txt"
	tests := []struct {
		name  string
		files map[string]string
		known bool
		want  string
	}{
		{name: "absent"},
		{name: "made by go", files: map[string]string{list: "", "vendor/a/a.go": ""}},
		{name: "not made by go", files: map[string]string{"vendor/a/a.go": ""}, want: "vendor: has files, but no modules.txt: go mod vendor did not make it, and would delete it"},
		{name: "known otherwise", files: map[string]string{"vendor/a/a.go": ""}, known: true},
		{name: "repository", files: map[string]string{list: "", "vendor/a/.git/HEAD": "ref: refs/heads/main"}, known: true, want: "vendor/a: is a repository, which would be deleted with its commits"},
		{name: "itself", files: map[string]string{list: "", "vendor/.hg/x": ""}, want: "vendor: is a repository, which would be deleted with its commits"},
		{
			name: "submodule", want: "vendor/a: is a repository, which would be deleted with its commits",
			files: map[string]string{list: "", "vendor/a/.git": "gitdir: ../../.git/modules/a\n", ".git/modules/a/config": "[core]\n\tworktree = ../../../vendor/a\n"},
		},
		{
			name:  "copy of a submodule's",
			files: map[string]string{list: "", "third/a/x": "", "vendor/a/.git": "gitdir: ../../.git/modules/a\n", ".git/modules/a/config": "[core]\n\tworktree = ../../../third/a\n"},
		},
		{name: "copy that leads nowhere", files: map[string]string{list: "", "vendor/e/o/a/.git": "gitdir: ../../.git/modules/a\n"}},
		{
			name: "linked work tree", want: "vendor/a: is a repository, which would be deleted with its commits",
			files: map[string]string{list: "", "vendor/a/.git": "gitdir: ../../.git/worktrees/a\n", ".git/worktrees/a/gitdir": "../../../vendor/a/.git\n"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			got := ""
			if err := Check(filepath.Join(dir, "vendor"), "vendor", func() bool { return tt.known }); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
