package offline_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/offline"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/internal/testgo"
	"github.com/goshim/goshim/shim"
)

// A place is a module with a policy, and a home, of a test.
type place struct {
	dir string
	env []string
}

const gomod = "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n"

// newPlace makes a place with the given settings in its environment.
func newPlace(t *testing.T, settings string) *place {
	t.Helper()
	top := t.TempDir()
	p := &place{dir: filepath.Join(top, "app")}
	p.env = []string{
		"HOME=" + top, "USERPROFILE=" + top, "GOPATH=" + filepath.Join(top, "go"), "GOENV=off", "GOTOOLCHAIN=local",
		"XDG_STATE_HOME=" + filepath.Join(top, "state"), "XDG_CACHE_HOME=" + filepath.Join(top, "cache"),
		"XDG_CONFIG_HOME=" + filepath.Join(top, "config"), "LocalAppData=" + top, "AppData=" + top,
		"GOSHIM_REAL_GO=" + realGo(t), "PATH=" + os.Getenv("PATH"),
	}
	testgo.NoTelemetry(t, filepath.Join(top, "config"))
	p.write(t, "go.mod", gomod)
	p.write(t, "go.sum", "example.com/dep v1.0.0 h1:x=\nexample.com/dep v1.0.0/go.mod h1:GVuYl5mlKU1m3l6eht3FkiiPrlspGltN04dywxH42Fc=\n")
	p.write(t, "../config/goshim/policy.toml", "version = 1\n")
	p.write(t, "goshim.toml", "version = 1\ndefault = \"dev\"\n[env.dev]\n"+settings)
	// A repository's fallback needs trust; the hash is told as CI tells it.
	_, err := shim.TargetOf(p.invocation("GOSHIM_TRUST=x"), "")
	if err != nil {
		_, rest, _ := strings.Cut(err.Error(), "the hash is ")
		hash, _, _ := strings.Cut(rest, ",")
		p.env = append(p.env, "GOSHIM_TRUST="+hash)
	}
	return p
}

// realGo returns the path of the go command.
func realGo(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	name := "go"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(strings.TrimSpace(string(root)), "bin", name)
}

func (p *place) invocation(more ...string) shim.Invocation {
	return shim.Invocation{Dir: p.dir, Env: append(p.env, more...), Self: "/nonexistent/go"}
}

// write writes a file of the module's.
func (p *place) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// cached puts the dependency into the module cache, or into a bundle.
func (p *place) cached(t *testing.T, dir string) {
	p.write(t, dir+"/example.com/dep/@v/v1.0.0.mod", "module example.com/dep\n\ngo 1.20\n")
	p.write(t, dir+"/example.com/dep/@v/v1.0.0.zip", "")
}

const modcache = "../go/pkg/mod/cache/download"

func (p *place) target(t *testing.T) *shim.Target {
	t.Helper()
	target, err := shim.TargetOf(p.invocation(), "")
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// decide returns the outcome as lines, with DIR for the directory above the
// module's.
func (p *place) decide(t *testing.T, words ...string) string {
	t.Helper()
	o, err := offline.Decide(p.target(t), gocmd.Parse(words), []offline.Proxy{
		{URL: "https://me:sesame@a.example.com", State: "down: connection refused"}, {URL: "https://b.example.com", State: "hangs"},
	})
	var lines []string
	if err != nil {
		lines = append(lines, strings.TrimSuffix(diag.Text(err), "\n"))
	} else {
		for _, v := range o.Vars {
			lines = append(lines, v.Name+"="+v.Value)
		}
		if o.Vendor {
			lines = append(lines, "-mod=vendor")
		}
		if o.Overlay != "" {
			lines = append(lines, "overlay")
		}
		lines = append(lines, "trace "+o.Trace, "notice "+o.Notice)
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), filepath.ToSlash(filepath.Dir(p.dir)), "DIR")
}

const (
	deadText = "no module proxy answers: https://xxxxx@a.example.com (down: connection refused), https://b.example.com (hangs)"
	cutOff   = "GONOPROXY=none\nGOVCS=*:off\n"
)

func TestDecide(t *testing.T) {
	tests := []struct {
		name, settings, words string
		vendor, cached        bool
		bundle                bool
		want                  string
	}{
		{name: "not found", settings: `fallback = "not-found"`, words: "build", want: "trace \nnotice "},
		{name: "any error", settings: `fallback = "any-error"`, words: "build", want: "trace \nnotice "},
		{
			name: "fail", settings: `fallback = "fail"`, words: "build", cached: true,
			want: "goshim: goshim.toml:4:12: " + deadText + "\ngoshim: hint: no snapshot was verified here yet; goshim snapshot verify does it",
		},
		{
			name: "quiet", settings: `fallback = "quiet"`, words: "build", vendor: true,
			want: "GOPROXY=off\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice ",
		},
		{
			name: "quiet about another module", settings: `fallback = "quiet"`, words: "install example.com/tool@v1.0.0",
			want: "GOPROXY=file://DIR/go/pkg/mod/cache/download\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice ",
		},
		{
			name: "vendor first", settings: "fallback = \"quiet\"\noffline_sources = [\"vendor\", \"modcache\"]", words: "build ./...", vendor: true, cached: true,
			want: "GOPROXY=off\n" + cutOff + "-mod=vendor\ntrace " + deadText + ": packages come from vendor/\nnotice ",
		},
		{
			name: "vendor first, for a command that it cannot serve", settings: "fallback = \"quiet\"\noffline_sources = [\"vendor\", \"modcache\"]", words: "mod graph", vendor: true,
			want: "GOPROXY=off\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice ",
		},
		{
			name: "vendor first, which is not there", settings: "fallback = \"quiet\"\noffline_sources = [\"vendor\", \"modcache\"]", words: "build",
			want: "GOPROXY=off\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice ",
		},
		{
			name: "vendor last, the cache is complete", settings: "fallback = \"quiet\"\noffline_sources = [\"modcache\", \"vendor\"]", words: "build", vendor: true, cached: true,
			want: "GOPROXY=off\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice ",
		},
		{
			name: "vendor last, the cache is not complete", settings: "fallback = \"quiet\"\noffline_sources = [\"modcache\", \"vendor\"]", words: "test ./...", vendor: true,
			want: "GOPROXY=off\n" + cutOff + "-mod=vendor\ntrace " + deadText + ": packages come from vendor/\nnotice ",
		},
		{
			name: "vendor only, for a command that it cannot serve", settings: "fallback = \"quiet\"\noffline_sources = [\"vendor\"]", words: "list -m all", vendor: true,
			want: "goshim: goshim.toml:5:19: " + deadText + ", and vendor/ cannot serve go list here\ngoshim: hint: add \"modcache\" to offline_sources",
		},
		{
			name: "a bundle", settings: "fallback = \"quiet\"\noffline_sources = [\"bundle:third party/a,b\", \"vendor\"]", words: "build", vendor: true, bundle: true,
			want: "GOPROXY=file://DIR/app/third%20party/a%2Cb\n" + cutOff + "trace " + deadText + ": modules come from the module cache, bundle:third party/a,b\nnotice ",
		},
		{
			name: "last good, without one", settings: `fallback = "last-good"`, words: "build",
			want: "goshim: goshim.toml:4:12: " + deadText + "\ngoshim: hint: no snapshot was verified here yet; goshim snapshot verify does it",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t, tt.settings+"\n")
			if tt.vendor {
				p.write(t, "vendor/modules.txt", "# example.com/dep v1.0.0\n")
			}
			if tt.cached {
				p.cached(t, modcache)
			}
			if tt.bundle {
				p.cached(t, "third party/a,b")
			}
			if diff := cmp.Diff(tt.want, p.decide(t, strings.Fields(tt.words)...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// snapshotOf returns the snapshot of what the place's modfiles are now.
func (p *place) snapshotOf(t *testing.T) *snapshot.Snapshot {
	t.Helper()
	stack, err := gorun.Read(p.target(t).Use)
	if err != nil {
		t.Fatal(err)
	}
	files, err := snapshot.FilesOf(stack)
	if err != nil {
		t.Fatal(err)
	}
	return &snapshot.Snapshot{Format: 1, Module: "example.com/app", Environment: "dev", Files: files}
}

func TestLastGood(t *testing.T) {
	p := newPlace(t, "fallback = \"last-good\"\n")
	snap := p.snapshotOf(t)
	if err := snapshot.SetLastGood(p.target(t).Vars.Get, p.dir, snap, "go.dev.snapshot.json", snap.Encode()); err != nil {
		t.Fatal(err)
	}
	same := "GOPROXY=off\n" + cutOff + "trace " + deadText + ": modules come from the module cache\nnotice "
	if diff := cmp.Diff(same, p.decide(t, "build")); diff != "" {
		t.Errorf("the same: -want +got:\n%s", diff)
	}
	p.write(t, "go.mod", "// A comment.\n"+gomod)
	if diff := cmp.Diff(same, p.decide(t, "build")); diff != "" {
		t.Errorf("with a comment: -want +got:\n%s", diff)
	}
	p.write(t, "go.mod", strings.Replace(gomod, "v1.0.0", "v1.1.0", 1))
	said := deadText + "; the modules are those of go.dev.snapshot.json, which has other versions of example.com/dep"
	if diff := cmp.Diff("GOPROXY=off\n"+cutOff+"overlay\ntrace "+said+"\nnotice "+said, p.decide(t, "build")); diff != "" {
		t.Errorf("changed: -want +got:\n%s", diff)
	}
	p.env = append(p.env, "XDG_CACHE_HOME=relative", "HOME=", "USERPROFILE=", "LocalAppData=")
	if _, err := offline.Decide(p.target(t), gocmd.Parse([]string{"build"}), nil); runtime.GOOS == "linux" && err == nil {
		t.Error("no error without a place for state and cache")
	}
}

// TestGoOnFromLastGood wants the go command to see the last good modfile in
// go.mod's place.
func TestGoOnFromLastGood(t *testing.T) {
	p := newPlace(t, "fallback = \"last-good\"\n")
	snap := p.snapshotOf(t)
	p.write(t, "go.dev.snapshot.json", string(snap.Encode())) // not verified here, but committed
	p.write(t, "go.mod", strings.Replace(gomod, "v1.0.0", "v1.1.0", 1))
	p.cached(t, modcache)
	require := []string{"list", "-f", "{{.Version}}", "-m", "example.com/dep"}
	o, err := offline.Decide(p.target(t), gocmd.Parse(require), nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := &shim.Plan{Args: append([]string{realGo(t)}, require...), Env: append(p.target(t).Env, "GOFLAGS=-tags=x -overlay=/ours.json"), Policy: p.target(t).Policy}
	o.Apply(plan)
	p.write(t, modcache+"/example.com/dep/@v/v1.0.0.info", `{"Version":"v1.0.0"}`)
	cmd := exec.Command(plan.Args[0], plan.Args[1:]...)
	cmd.Dir, cmd.Env = p.dir, plan.Env
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "v1.0.0\n" {
		t.Errorf("got %s, %v", out, err)
	}
	for words, why := range map[string]string{
		"get example.com/dep@v1.2.0": "go get changes go.mod",
		"build -mod=mod ./...":       "go build changes go.mod",
		"build -overlay=x.json":      "the command has an overlay of its own",
	} {
		want := "which has other versions of example.com/dep, cannot stand in: " + why
		if got := p.decide(t, strings.Fields(words)...); !strings.Contains(got, want) {
			t.Errorf("go %s: got %s, want %s", words, got, want)
		}
	}
}

func TestGoodTime(t *testing.T) {
	p := newPlace(t, "fallback = \"fail\"\n")
	snap := p.snapshotOf(t)
	if err := snapshot.SetLastGood(p.target(t).Vars.Get, p.dir, snap, "go.dev.snapshot.json", snap.Encode()); err != nil {
		t.Fatal(err)
	}
	g := snapshot.LastGood(p.target(t).Vars.Get, p.dir, "dev")
	if g == nil || time.Since(g.Time) < 0 || len(g.Hash) != 64 {
		t.Fatalf("got %+v", g)
	}
	want := "goshim: hint: the last good snapshot is go.dev.snapshot.json, verified at " + g.Time.Format("2006-01-02 15:04 MST") + "; goshim snapshot restore goes back to it"
	if got := p.decide(t, "build"); !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestApply(t *testing.T) {
	p := newPlace(t, "fallback = \"quiet\"\noffline_sources = [\"vendor\"]\nproxy = [\"https://a.example.com\"]\nno_proxy = [\"corp.example.com\"]\n")
	p.write(t, "vendor/modules.txt", "")
	for _, tt := range []struct{ args, want string }{
		{"build ./...", "build -mod=vendor ./..."},
		{"test -race -run x .", "test -mod=vendor -race -run x ."},
	} {
		for _, mod := range []string{"", "-mod=readonly "} {
			o, err := offline.Decide(p.target(t), gocmd.Parse(strings.Fields(tt.args)), nil)
			if err != nil {
				t.Fatal(err)
			}
			word, rest, _ := strings.Cut(tt.args, " ")
			plan := &shim.Plan{Args: append([]string{"go"}, strings.Fields(word+" "+mod+rest)...), Env: []string{"GOPROXY=https://a.example.com", "GONOPROXY=corp.example.com"}, Policy: p.target(t).Policy}
			o.Apply(plan)
			if got := strings.Join(plan.Args[1:], " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if diff := cmp.Diff([]string{"GOPROXY=off", "GONOPROXY=none", "GOVCS=*:off"}, plan.Env); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got, want := plan.Why[0].String(), "goshim.toml:4:12: no module proxy answers: packages come from vendor/"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
