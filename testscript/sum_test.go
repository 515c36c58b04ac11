//go:build unix

package testscript

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
)

// A sumWorld is a warmWorld with a checksum database that knows what go.sum says,
// and a second proxy that has another Mod00.
type sumWorld struct {
	*warmWorld
	good  string // go.sum
	sumdb *proxytest.Sumdb
	evil  *proxytest.Server
	url   string // of evil
	cache string
}

func newSumWorld(t *testing.T) *sumWorld {
	t.Helper()
	w := &sumWorld{warmWorld: newWarmWorld(t, 3, "-modcacherw")}
	w.good = readFile(t, filepath.Join(w.root, "go.sum"))
	w.sumdb = proxytest.NewSumdb("sum.example.com", func(path, version string) ([]byte, error) {
		var lines []byte
		for line := range strings.Lines(w.good) {
			if strings.HasPrefix(line, path+" "+version+" ") || strings.HasPrefix(line, path+" "+version+"/go.mod ") {
				lines = append(lines, line...)
			}
		}
		if lines == nil {
			return nil, os.ErrNotExist
		}
		return lines, nil
	})
	dbServer := (&proxytest.Server{Handler: w.sumdb}).Start()
	t.Cleanup(dbServer.Close)
	other := w.otherZip()
	w.evil = &proxytest.Server{Handler: w.proxy.Handler, Fault: proxytest.Suffix("/example.com/!mod00/@v/v1.0.0.zip", proxytest.Replace(other))}
	server := w.evil.Start()
	t.Cleanup(server.Close)
	w.url = server.URL
	w.env = append(w.env, "GOSUMDB="+w.sumdb.Key+" "+dbServer.URL)
	w.cache = w.warmWorld.cache("sums")
	w.run(w.warm(w.cache))
	return w
}

// zipOf returns the path of a zip of Mod00.
func (w *sumWorld) zipOf(cache string) string {
	return filepath.Join(cache, "cache", "download", "example.com", "!mod00", "@v", "v1.0.0.zip")
}

// otherZip returns the zip of Mod00 with another content.
func (w *sumWorld) otherZip() []byte {
	w.t.Helper()
	z, err := zip.OpenReader(filepath.Join(w.top, "proxy", "example.com", "!mod00", "@v", "v1.0.0.zip"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer z.Close()
	var out bytes.Buffer
	dst := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, "mod.go") {
			data = append(data, "// evil\n"...)
		}
		to, err := dst.Create(f.Name)
		if err != nil {
			w.t.Fatal(err)
		}
		to.Write(data)
	}
	if err := dst.Close(); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// goshim returns a command with further variables.
func (w *sumWorld) goshim(env []string, args ...string) *exec.Cmd {
	cmd := w.command(w.cache, buildTools(w.t).goshim, args...)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// verdicts returns what sum diagnose says of each line, and its whole output.
func (w *sumWorld) verdicts(env []string, args ...string) (map[string]string, string) {
	w.t.Helper()
	_, out, stderr := status(w.goshim(env, append([]string{"sum", "diagnose", "--json"}, args...)...))
	var all []struct{ Module, Verdict string }
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		w.t.Fatalf("%v\n%s%s", err, out, stderr)
	}
	got := make(map[string]string)
	for _, d := range all {
		got[d.Module] = d.Verdict
	}
	return got, out
}

// setSum replaces the hash of Mod00 in go.sum.
func (w *sumWorld) setSum(hash string) {
	first, rest, _ := strings.Cut(w.good, "\n")
	w.write("app/go.sum", first[:strings.LastIndex(first, " ")+1]+hash+"\n"+rest)
}

func (w *sumWorld) git(args ...string) {
	w.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Gopher", "-c", "user.email=gopher@example.com", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir, cmd.Env = w.root, append(os.Environ(), "HOME="+w.top, "GIT_CONFIG_NOSYSTEM=1")
	w.run(cmd)
}

// TestSumDiagnose wants the right verdict, with processes, proxies and a checksum
// database as they are.
func TestSumDiagnose(t *testing.T) {
	t.Parallel()
	const other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	w := newSumWorld(t)
	zip, line := "example.com/Mod00@v1.0.0", "example.com/Mod00@v1.0.0"
	proxies := "GOPROXY=" + w.warmWorld.url + "," + w.url
	mustSay := func(t *testing.T, out string, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(out, text) {
				t.Errorf("%q is not in\n%s", text, out)
			}
		}
	}
	t.Run("in order", func(t *testing.T) {
		code, out, stderr := status(w.goshim(nil, "sum", "diagnose"))
		if code != 0 || out != "the module cache and the checksum database have nothing that go.sum contradicts\n" || stderr != "" {
			t.Errorf("status %d, %s%s", code, out, stderr)
		}
		if got, out := w.verdicts(nil, line); got[zip] != "agrees" || got[zip+"/go.mod"] != "agrees" {
			t.Errorf("got %v\n%s", got, out)
		}
	})
	t.Run("altering proxy", func(t *testing.T) {
		got, out := w.verdicts([]string{proxies}, line)
		if got[zip] != "altering-proxy" || got[zip+"/go.mod"] != "agrees" {
			t.Errorf("got %v", got)
		}
		mustSay(t, out, w.url+" gives other content; sum.example.com says what go.sum says")
	})
	t.Run("dirty cache", func(t *testing.T) {
		path := w.zipOf(w.cache)
		data := readFile(t, path)
		if err := os.WriteFile(path, w.otherZip(), 0o666); err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(path, []byte(data), 0o666)
		for _, args := range [][]string{nil, {"--offline"}, {line}, {"--offline", "example.com/Mod00"}} {
			if got, out := w.verdicts(nil, args...); got[zip] != "dirty-cache" {
				t.Errorf("%q: got %v\n%s", args, got, out)
			}
		}
		code, out, _ := status(w.goshim(nil, "sum", "diagnose", "--offline"))
		if code != 1 {
			t.Errorf("status %d", code)
		}
		mustSay(t, out, zip+": dirty cache\n", "module cache, zip        differs: h1:", "zip differs in the module cache; sum.example.com says what go.sum says\n\thint: goshim repair\n")
	})
	t.Run("re-tagged", func(t *testing.T) {
		// go.sum and the cache have what is published now, the database what was before.
		cache, path := w.cache, filepath.Join(w.top, "evil.zip")
		defer func() { w.cache = cache; w.write("app/go.sum", w.good) }()
		if err := os.WriteFile(path, w.otherZip(), 0o666); err != nil {
			t.Fatal(err)
		}
		w.cache = w.warmWorld.cache("retagged")
		w.write("app/go.sum", "")
		cmd := w.command(w.cache, w.realGo(), "mod", "tidy")
		cmd.Env = append(cmd.Env, "GOPROXY="+w.url, "GOSUMDB=off")
		w.run(cmd)
		got, out := w.verdicts([]string{"GOPROXY=" + w.url}, line)
		if got[zip] != "re-tagged" {
			t.Errorf("got %v", got)
		}
		mustSay(t, out, "the version was published twice")
		if got, _ := w.verdicts([]string{"GOPROXY=" + w.url}); got[zip] != "re-tagged" || len(got) != 1 {
			t.Errorf("without a name: got %v", got)
		}
	})
	t.Run("hand-edited", func(t *testing.T) {
		defer w.write("app/go.sum", w.good)
		w.git("init", "-q")
		w.git("add", ".")
		w.git("commit", "-qm", "all")
		w.setSum(other)
		got, out := w.verdicts(nil, line)
		if got[zip] != "hand-edited" {
			t.Errorf("got %v", got)
		}
		mustSay(t, out, "go.sum:1: a change that is not committed has replaced the hash that sum.example.com has")
		w.git("commit", "-qam", "edit sums")
		for _, env := range [][]string{nil, {"GOSUMDB=off"}, {"GOSUMDB=off", "GOPROXY=off"}} {
			got, out := w.verdicts(env, line)
			if got[zip] != "hand-edited" {
				t.Errorf("%q: got %v", env, got)
			}
			mustSay(t, out, "go.sum:1: commit ", "Gopher: edit sums) has ")
		}
		_, out, _ = status(w.goshim(nil, "sum", "explain", line))
		mustSay(t, out, "go.sum:1  "+other, "Gopher: edit sums), in the place of h1:", "zip in the module cache: differs: h1:", "required by  example.com/app")
	})
	t.Run("not in the cache", func(t *testing.T) {
		// A mismatch leaves nothing in the cache. The proxies are asked, and what
		// nobody can be asked about is not in order.
		cache := w.cache
		defer func() { w.cache = cache; w.write("app/go.sum", w.good) }()
		w.cache = w.warmWorld.cache("mismatch")
		cmd := w.warm(w.cache)
		cmd.Args = append(cmd.Args, "--match", "example.com/Mod01")
		w.run(cmd)
		w.setSum(other)
		if got, out := w.verdicts([]string{"GOSUMDB=off"}); got[zip] == "" || got[zip] == "agrees" {
			t.Errorf("got %v\n%s", got, out)
		}
		code, out, _ := status(w.goshim(nil, "sum", "diagnose", "--offline"))
		if code != 1 {
			t.Errorf("status %d", code)
		}
		mustSay(t, out, zip+": unclear\n", "go.sum:1")
	})
	t.Run("the database cannot be asked", func(t *testing.T) {
		refused := w.sumdb.Key + " http://127.0.0.1:1"
		code, out, stderr := status(w.goshim([]string{"GOSUMDB=" + refused, "GOPATH=" + t.TempDir(), "GOMODCACHE=" + w.cache, "GOPROXY=off"}, "sum", "diagnose"))
		if code != 0 || out != "the module cache has nothing that go.sum contradicts\n" { // GOPROXY=off: nobody is to be asked
			t.Errorf("status %d, %s%s", code, out, stderr)
		}
		gopath := t.TempDir()
		note := filepath.Join(gopath, "pkg", "sumdb", "sum.example.com", "latest")
		if err := os.MkdirAll(filepath.Dir(note), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(note, []byte("garbage\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		code, out, stderr = status(w.goshim([]string{"GOPATH=" + gopath, "GOMODCACHE=" + w.cache}, "sum", "diagnose"))
		if code != 1 || strings.Contains(out, "database have") {
			t.Errorf("status %d, %s", code, out)
		}
		mustSay(t, stderr, note+" is not a tree that sum.example.com has signed", "remove it")
	})
	t.Run("no go.sum", func(t *testing.T) {
		defer w.write("app/go.sum", w.good)
		os.Remove(filepath.Join(w.root, "go.sum"))
		code, out, _ := status(w.goshim(nil, "sum", "diagnose"))
		if code != 1 || out != "go.sum has no lines, so that nothing says what 3 modules must be\n\thint: go mod tidy writes them\n" {
			t.Errorf("status %d, %s", code, out)
		}
	})
	t.Run("no line", func(t *testing.T) {
		code, out, _ := status(w.goshim(nil, "sum", "diagnose", "example.com/none@v1.0.0"))
		if code != 1 {
			t.Errorf("status %d", code)
		}
		mustSay(t, out, "go.sum has no line for it\n\thint: go mod tidy")
	})
}

// TestSumAudit wants every line of go.sum to be compared with the database, go.sum
// to stay, and what could not be compared to be said.
func TestSumAudit(t *testing.T) {
	t.Parallel()
	w := newSumWorld(t)
	tests := []struct {
		name   string
		env    []string
		args   []string
		status int
		stdout string
		stderr string
	}{
		{"offline, nothing kept", nil, []string{"--offline"}, 1, "not compared: ", ""},
		{"in order", nil, nil, 0, "sumdb: 6 lines: in order\n", ""},
		{"offline, all kept", []string{"GOPROXY=off"}, nil, 0, "sumdb: 6 lines: in order\n", ""},
		{"private", []string{"GONOSUMDB=example.com/Mod01"}, nil, 0, "sumdb: 4 lines, 2 private lines: in order\n", ""},
		{"off", []string{"GOSUMDB=off"}, nil, 2, "", "goshim: GOSUMDB=off: there is no checksum database to compare with\n"},
		{"no database", []string{"GOSUMDB=sum.example.com"}, nil, 2, "", "goshim: GOSUMDB: "},
	}
	for _, test := range tests {
		code, out, stderr := status(w.goshim(test.env, append([]string{"sum", "audit"}, test.args...)...))
		if code != test.status || !strings.Contains(out, test.stdout) || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
			t.Errorf("%s: status %d\n%s%s", test.name, code, out, stderr)
		}
	}
	w.setSum("h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	before := readFile(t, filepath.Join(w.root, "go.sum"))
	code, out, _ := status(w.goshim(nil, "sum", "audit"))
	want := "go.sum:1: example.com/Mod00 v1.0.0 is h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= here, and h1:"
	if code != 1 || !strings.Contains(out, want) || readFile(t, filepath.Join(w.root, "go.sum")) != before {
		t.Errorf("status %d\n%s", code, out)
	}
	if cmd := w.command(w.cache, w.realGo(), "mod", "verify"); cmd.Run() != nil {
		t.Error("the database's files in the cache confuse go")
	}
}

// TestRepairKilled kills goshim repair at random moments. Go commands work on what
// it leaves, and the next one ends with a cache that is as it was.
func TestRepairKilled(t *testing.T) {
	t.Parallel()
	w := newWarmWorld(t, 8, "-modcacherw")
	cache := w.cache("repair")
	w.run(w.warm(cache))
	want := tree(t, cache)
	goshim := buildTools(t).goshim
	rounds := *killRounds/2 + 1
	longest := 100 * time.Millisecond
	for i := range rounds {
		zips, _ := filepath.Glob(filepath.Join(cache, "cache", "download", "example.com", "*", "@v", "*.zip"))
		if len(zips) != 8 {
			t.Fatalf("%d zips", len(zips))
		}
		for _, zip := range zips {
			if err := os.Truncate(zip, 50); err != nil {
				t.Fatal(err)
			}
		}
		cmd := w.command(cache, goshim, "repair")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(longest * time.Duration(i+1) / time.Duration(rounds))
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		w.run(w.command(cache, w.realGo(), "build", "-o", os.DevNull, "."))
		if out := w.run(w.command(cache, goshim, "repair")); !strings.Contains(out, ": in order") {
			t.Errorf("round %d: %s", i, out)
		}
		w.offline(cache, "mod verify", "build -o /dev/null .")
		got := tree(t, cache)
		for name := range got { // of those killed, which the next download of the version removes
			if strings.HasSuffix(name, ".tmp") {
				delete(got, name)
			}
		}
		sameTree(t, got, want)
	}
}
