package leak

import "testing"

func TestLooksPrivate(t *testing.T) {
	tests := []struct {
		path string
		want bool
	}{
		{"git.example.com/x", true},
		{"GitLab.example.com/x", true},
		{"ghe.example.io/org/x", true},
		{"github.example.com/org/x", true},
		{"go.corp.example.com/x", true},
		{"repo.corp/x", true},
		{"repo.internal/x", true},
		{"nas.home.arpa/x", true},
		{"go.lan/x", true},
		{"build.local/x", true},
		{"10.0.0.7/x", true},

		{"github.com/git/git", false},
		{"gitlab.com/x/y", false},
		{"bitbucket.org/x/y", false},
		{"golang.org/x/mod", false},
		{"google.golang.org/grpc", false},
		{"gopkg.in/yaml.v3", false},
		{"go.uber.org/zap", false},
		{"k8s.io/api", false},
		{"sigs.k8s.io/yaml", false},
		{"git.sr.ht/~x/y", false},
		{"gitlab.freedesktop.org/x/y", false},
		{"example.com/internal/git", false},
		{"corp.dev/x", false},
		{"digit.example.com/x", false},
		{"corp/x", false},
		{"fmt", false},
	}
	for _, tt := range tests {
		if got := LooksPrivate(tt.path); got != tt.want {
			t.Errorf("LooksPrivate(%q) = %v", tt.path, got)
		}
	}
}
