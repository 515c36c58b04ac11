package shim

import (
	"path/filepath"
	"testing"
)

func TestIsExact(t *testing.T) {
	tests := []struct {
		query string
		want  bool
	}{
		{"example.com/m@v1.2.3", true},
		{"example.com/m@v1.2.3-rc.1", true},
		{"example.com/m@v2.0.0+incompatible", true},
		{"example.com/m@v0.0.0-20240102030405-0123456789ab", true},
		{"example.com/m@none", true},
		{"go@1.26.0", true},
		{"go@1.26", true},
		{"toolchain@go1.26.0", true},
		{"toolchain@none", true},
		{"go@latest", false},
		{"toolchain@patch", false},
		{"example.com/m@latest", false},
		{"example.com/m@", false},
		{"example.com/m@v1", false},
		{"example.com/m@v1.2", false},
		{"example.com/m@v1.2-rc.1", false},
		{"example.com/m@<v1.2.3", false},
		{"example.com/m@main", false},
		{"example.com/m@0123456789ab", false},
	}
	for _, tt := range tests {
		if got := isExact(tt.query); got != tt.want {
			t.Errorf("isExact(%q) = %t, want %t", tt.query, got, tt.want)
		}
	}
}

func TestReachable(t *testing.T) {
	tests := []struct {
		proxies  string
		isDenied bool
		want     string
	}{
		{"", true, "off"},
		{"https://a.example.com,direct", true, "off"},
		{"https://a.example.com,direct", false, "https://a.example.com"},
		{"https://a.example.com|file:///b,https://c.example.com", true, "file:///b"},
		{"file:///a|off,file:///b", true, "file:///a"},
		{"direct,https://a.example.com", false, "off"},
	}
	for _, tt := range tests {
		if got := reachable(tt.proxies, tt.isDenied); got != tt.want {
			t.Errorf("reachable(%q, %t) = %q, want %q", tt.proxies, tt.isDenied, got, tt.want)
		}
	}
}

// TestCacheAsProxy wants a module cache at an odd path to be one item of
// GOPROXY.
func TestCacheAsProxy(t *testing.T) {
	r := newRepo(t, "[common]\nnetwork = \"deny\"\n")
	got := r.resolve("list -m all", "GOMODCACHE=/a b/50%,x|y#z")
	if want := "list -m all\nGOPROXY=off\nGOVCS=*:off\nGONOPROXY=none\nGODEBUG=cmdgonetlimit=0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p := &planner{env: Environ("", []string{"GOENV=off", "GOMODCACHE=/a b/50%,x|y#z"})}
	if got, want := p.cacheAsProxy(), "file:///a%20b/50%25%2Cx%7Cy%23z/cache/download,off"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHandOver wants commands that may use the network to be run by the
// companion, those that are refused to be refused, and others to be left alone.
func TestHandOver(t *testing.T) {
	if !hasNetwork() {
		t.Skip("there is no network to be cut")
	}
	r := newRepo(t, "[common]\nnetwork = \"deny!\"\ndeny = [\"vet\"]\n")
	tests := []struct {
		args []string
		want string // the word behind the program
	}{
		{[]string{"build", "./..."}, "go"},
		{[]string{"mod", "tidy"}, "go"},
		{[]string{"tool", "x"}, "go"},
		{[]string{"list"}, "list"},
		{[]string{"env"}, "env"},
		{[]string{"mod", "edit"}, "mod"},
		{[]string{"unknown"}, "unknown"},
	}
	inv := Invocation{Dir: r.dir, Env: []string{"PATH=" + filepath.Join(r.root, "bin"), "GOENV=off"}, Self: filepath.Join(r.dir, "nowhere")}
	for _, tt := range tests {
		inv.Args = tt.args
		plan, err := Resolve(inv)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Args[1]; got != tt.want {
			t.Errorf("go %q runs %q", tt.args, plan.Args)
		}
	}
	for _, args := range [][]string{{"vet"}, {"get", "-u"}} {
		inv.Args = args
		if plan, err := Resolve(inv); err == nil {
			t.Errorf("go %q runs %q", args, plan.Args)
		}
	}
}
