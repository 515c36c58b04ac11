package buildwarm

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gocmd"
)

// A policy's flags as they reach the configurations.
func TestConfigurations(t *testing.T) {
	type want struct{ Command, Flags, GOFLAGS string }
	tests := []struct {
		name, flags, goflags string
		want                 []want
	}{
		{"none", "", "", []want{{"build test", "[]", "-buildvcs=false"}, {"vet", "[]", "-buildvcs=false"}}},
		{
			"of one command", `test = ["-race", "-count=1", "-vet=off"]` + "\nvet = [\"-v\", \"-c=3\"]", "",
			[]want{{"build", "[]", "-buildvcs=false"}, {"test", "[-vet=off -race]", "-buildvcs=false"}, {"vet", "[-v]", "-buildvcs=false"}},
		},
		{
			"for what is linked or run", `build = ["-ldflags=-s", "-a"]` + "\ntest = [\"-v\", \"-cover\"]", "",
			[]want{{"build test", "[-cover]", "-buildvcs=false"}, {"vet", "[]", "-buildvcs=false"}},
		},
		{
			"GOFLAGS", "", "-json -trimpath -n -v -o=x -tags=a",
			[]want{{"build test", "[]", "-trimpath -tags=a -buildvcs=false"}, {"vet", "[]", "-trimpath -v -tags=a -buildvcs=false"}},
		},
		{
			"tags, which vet tells its tool too", `vet = ["-tags=x"]`, "",
			[]want{{"build test", "[]", "-buildvcs=false"}, {"vet", "[-tags=x]", "-buildvcs=false"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSandbox(t, map[string]string{
				"m/go.mod":      "module m\n",
				"m/goshim.toml": "version = 1\ndefault = \"dev\"\n[env.dev.flags]\n" + tt.flags + "\n",
			})
			s.set("GOFLAGS=" + tt.goflags)
			configs, refused, err := configurations(s.inv)
			if err != nil || len(refused) > 0 {
				t.Fatal(err, refused)
			}
			var got []want
			for _, c := range configs {
				env := envset.New(c.env)
				got = append(got, want{strings.Join(c.commands, " "), "[" + strings.Join(c.flags, " ") + "]", env.Get("GOFLAGS")})
				for _, kv := range []string{"GOPROXY=off", "GONOPROXY=none", "GOVCS=*:off", "GODEBUG=cmdgonetlimit=0"} {
					if !slices.Contains(c.env, kv) {
						t.Errorf("%s is not set", kv)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// A profile of the coverage implies -cover.
func TestCoverprofile(t *testing.T) {
	c := &config{commands: []string{"test"}}
	c.setFlags(gocmd.Parse([]string{"test", "-p", "2", "-coverprofile=c.out", "-run", "X", "-toolexec=wrap", "./..."}))
	if want := []string{"-p", "2", "-cover"}; !slices.Equal(c.flags, want) || c.wrapper != "wrap" {
		t.Errorf("got %q, want %q; -toolexec=%s", c.flags, want, c.wrapper)
	}
}

// What the environment itself puts before the tools stays there.
func TestToolexec(t *testing.T) {
	c := &config{wrapper: "wrap 'a b'"}
	got, err := c.toolexec([]string{"/my shim/goshim", "toolexec"}, "/tmp/dir")
	if want := `'/my shim/goshim' toolexec /tmp/dir wrap 'a b'`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestFilter(t *testing.T) {
	l, err := newLedger("", map[string]bool{"example.com/m": true, "example.com/m.test": true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.remove()
	tests := []struct {
		path string
		want int
	}{
		{"", 0}, // asks for the version
		{"fmt", 0},
		{"example.com/m/in", 0},
		{"example.com/m", 1},
		{"example.com/m [example.com/m.test]", 1},
		{"example.com/m.test", 1},
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		environ := append(os.Environ(), "GOSHIM_EXEC=child", "TOOLEXEC_IMPORTPATH="+tt.path)
		t.Setenv("GOSHIM_EXEC", "child") // not in the place of this test
		if got := Filter([]string{string(l), self, "nothing", "at all"}, environ); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.path, got, tt.want)
		}
	}
	var begun []string
	l.follow(func(path string) { begun = append(begun, path) })()
	if want := []string{"fmt", "example.com/m/in"}; !slices.Equal(begun, want) {
		t.Errorf("begun: got %q, want %q", begun, want)
	}
}
