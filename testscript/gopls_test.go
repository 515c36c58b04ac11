package testscript

import (
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/goproxytest"
)

var goplsPath = flag.String("gopls", "", "the gopls to run `TestGopls` with; without one, the test is skipped")

// An editor is a gopls on a module with a layer, behind the shim.
type editor struct {
	*lspClient
	dir  string
	env  []string
	open map[string]int // versions of the open files
}

// goplsFiles are the module: dev replaces dep by a directory that has more than
// its release, takes another version of mid, and requires extra.
var goplsFiles = map[string]string{
	"goshim.toml": "version = 1\ndefault = \"dev\"\n[env.dev]\nmodfile = \"go.dev.mod\"\n[env.prod]\n",
	"go.mod":      "module example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/mid v1.0.0\n)\n",
	"go.dev.mod":  "replace example.com/dep => ./local/dep\n\nrequire (\n\texample.com/extra v1.0.0\n\texample.com/mid v1.1.0\n)\n",
	"main.go": `package main

import (
	"example.com/dep"
	"example.com/extra"
	"example.com/mid"
)

func main() {
	println(dep.OnlyLocal(), extra.Version, mid.Version)
}
`,
	"local/dep/go.mod":       "module example.com/dep\n\ngo 1.20\n",
	"local/dep/dep.go":       "package dep\n\nimport \"example.com/dep/more\"\n\nconst Version = \"local\"\n\nfunc OnlyLocal() string { return more.Name() }\n",
	"local/dep/more/more.go": "package more\n\nfunc Name() string { return \"more\" }\n",
}

// newEditor makes the module with the given changes of its files and opens
// gopls on it, with variables added to its environment.
func newEditor(t *testing.T, changes map[string]string, vars ...string) *editor {
	t.Helper()
	if *goplsPath == "" {
		t.Skip("no -gopls=PATH")
	}
	work, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e := &editor{dir: filepath.Join(work, "app"), open: make(map[string]int)}
	bin, home := filepath.Join(work, "bin"), filepath.Join(work, "home")
	for _, dir := range []string{bin, home} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{"go": buildShim(t), "goshim": buildTools(t).goshim} {
		if err := link(path, filepath.Join(bin, name+exeSuffix)); err != nil {
			t.Fatal(err)
		}
	}
	real := filepath.Join(goEnv(t, "GOROOT"), "bin", "go"+exeSuffix)
	if v := os.Getenv("GOSHIM_TEST_REAL"); v != "" {
		real = v
	}
	proxy := goproxytest.NewTestServer(t, filepath.Join("testdata", "mod"), "")
	e.env = append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		homeVar+"="+home, "XDG_CONFIG_HOME="+home+"/config", "XDG_STATE_HOME="+home+"/state", "XDG_DATA_HOME="+home+"/data", "XDG_CACHE_HOME="+home+"/cache",
		"GOSHIM_REAL_GO="+real, "GOSHIM_CEILING="+work,
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOPATH="+filepath.Join(work, "gopath"), "GOMODCACHE="+filepath.Join(work, "gopath", "mod"), "GOMODCACHE_RW=",
		"GOPROXY="+proxy.URL, "GOSUMDB=off", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOENV=off", "GOWORK=",
	)
	for name, text := range goplsFiles {
		e.write(name, text)
	}
	e.write("main.go", "package main\n\nimport (\n\t_ \"example.com/dep\"\n\t_ \"example.com/mid\"\n)\n")
	e.goCommand("GOSHIM_ENV=prod", "mod", "tidy")
	e.write("main.go", goplsFiles["main.go"])
	e.goCommand("GOSHIM_ENV=dev", "mod", "tidy")
	for name, text := range changes {
		e.write(name, text)
	}
	cmd := exec.Command(*goplsPath, "serve")
	cmd.Dir, cmd.Env, cmd.Stderr = e.dir, append(e.env, vars...), os.Stderr
	e.lspClient = startLSP(t, cmd, e.dir, map[string]any{
		"diagnosticsDelay": "10ms", "workspaceFiles": []string{"**/go.*.mod", "**/goshim.toml"},
	})
	return e
}

func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func (e *editor) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (e *editor) read(name string) string {
	data, err := os.ReadFile(e.path(name))
	if err != nil {
		e.t.Fatal(err)
	}
	return string(data)
}

// write writes a file without telling gopls.
func (e *editor) write(name, text string) {
	if err := os.MkdirAll(filepath.Dir(e.path(name)), 0o777); err != nil {
		panic(err)
	}
	if err := os.WriteFile(e.path(name), []byte(text), 0o666); err != nil {
		panic(err)
	}
}

// goCommand runs the shim, which must succeed.
func (e *editor) goCommand(kv string, args ...string) string {
	cmd := exec.Command(filepath.Join(filepath.Dir(e.dir), "bin", "go"+exeSuffix), args...)
	cmd.Dir, cmd.Env = e.dir, append(e.env, kv)
	out, err := cmd.CombinedOutput()
	if err != nil {
		panic(string(out))
	}
	return string(out)
}

// edit opens a file with the text as its unsaved content, or changes it.
func (e *editor) edit(name, text string) {
	uri := fileURI(e.path(name))
	language := "go"
	if strings.HasSuffix(name, ".mod") {
		language = "go.mod"
	}
	e.open[name]++
	if e.open[name] == 1 {
		e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": language, "version": 1, "text": e.read(name)}})
		e.open[name]++
	}
	e.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": uri, "version": e.open[name]}, "contentChanges": []any{map[string]any{"text": text}},
	})
}

// changed writes a file and tells gopls, as an editor does that watches it.
func (e *editor) changed(name, text string) {
	e.write(name, text)
	e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": fileURI(e.path(name)), "type": 2}}})
}

// says waits until gopls says just this about a file.
func (e *editor) says(name string, want ...string) {
	e.t.Helper()
	if want == nil {
		want = []string{}
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		if err := e.command("gopls.diagnose_files", map[string]any{"Files": []string{fileURI(e.path(name))}}); err != nil {
			e.t.Fatal(err)
		}
		got := e.said(e.path(name))
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			e.t.Errorf("%s: -want +got\n%s", name, cmp.Diff(want, got))
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// definition returns where gopls finds what stands at an offset from the start
// of the text that is found.
func (e *editor) definition(name, text, find string, mark int) string {
	e.t.Helper()
	var locations []lspLocation
	e.call("textDocument/definition", map[string]any{
		"textDocument": map[string]any{"uri": fileURI(e.path(name))}, "position": position(text, find, mark),
	}, &locations)
	if len(locations) != 1 {
		return ""
	}
	u, err := url.Parse(locations[0].URI)
	if err != nil {
		e.t.Fatal(err)
	}
	rel, err := filepath.Rel(filepath.Dir(e.dir), filepath.FromSlash(u.Path))
	if err != nil {
		e.t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

func (e *editor) hover(name, text, find string) string {
	e.t.Helper()
	var result struct {
		Contents struct{ Value string }
	}
	e.call("textDocument/hover", map[string]any{
		"textDocument": map[string]any{"uri": fileURI(e.path(name))}, "position": position(text, find, 0),
	}, &result)
	return result.Contents.Value
}

func TestGoplsExplore(t *testing.T) {
	e := newEditor(t, nil, "GOSHIM_ENV="+os.Getenv("X_ENV"))
	main := e.read("main.go")
	e.edit("main.go", main)
	t0 := time.Now()
	show := func(what string) {
		t.Log("==", what, time.Since(t0))
		for _, f := range []string{"main.go", "go.mod", "go.dev.mod", "local/dep/dep.go"} {
			e.command("gopls.diagnose_files", map[string]any{"Files": []string{fileURI(e.path(f))}})
			t.Logf("%s: %q", f, e.said(e.path(f)))
		}
	}
	show("a")
	time.Sleep(2 * time.Second)
	show("a")
	t.Log(e.definition("main.go", main, "OnlyLocal", 2), e.definition("main.go", main, "mid.Version", 5), e.definition("main.go", main, "extra.Version", 7))
	c := strings.Replace(strings.Replace(main, "\"example.com/dep\"\n", "\"example.com/dep\"\n\t\"example.com/dep/more\"\n", 1), "println(", "println(more.Name(), ", 1)
	e.edit("main.go", c)
	show("c")
	t.Log(e.definition("main.go", c, "more.Name", 6))
	gomod := e.read("go.mod")
	e.edit("go.mod", gomod)
	t.Log("hover:", e.hover("go.mod", gomod, "example.com/dep"), e.hover("go.mod", gomod, "example.com/mid"))
	e.edit("go.dev.mod", e.read("go.dev.mod"))
	t.Log("hover dev:", e.hover("go.dev.mod", e.read("go.dev.mod"), "example.com/mid"))
	e.edit("go.mod", strings.Replace(gomod, "mid v1.0.0", "mid v1.1.0", 1))
	show("d go.mod")
	e.edit("go.mod", gomod)
	e.edit("go.dev.mod", strings.Replace(e.read("go.dev.mod"), "mid v1.1.0", "mid v1.0.0", 1))
	e.edit("main.go", c+"\n")
	show("d go.dev.mod")
	t.Log(e.definition("main.go", c, "mid.Version", 5))
	e.edit("go.dev.mod", e.read("go.dev.mod"))
	e.edit("main.go", main)
	dep := e.read("local/dep/dep.go")
	e.edit("local/dep/dep.go", dep)
	show("f")
	t.Log(e.definition("local/dep/dep.go", dep, "more.Name", 6))
	for name, arg := range map[string]any{
		"gopls.tidy":               map[string]any{"URIs": []string{fileURI(e.path("go.mod"))}},
		"gopls.vendor":             map[string]any{"URI": fileURI(e.path("go.mod"))},
		"gopls.upgrade_dependency": map[string]any{"URI": fileURI(e.path("go.mod")), "GoCmdArgs": []string{"example.com/mid@v1.1.0"}},
		"gopls.add_dependency":     map[string]any{"URI": fileURI(e.path("go.mod")), "AddRequire": true, "GoCmdArgs": []string{"example.com/tool@v1.2.3"}},
		"gopls.update_go_sum":      map[string]any{"URIs": []string{fileURI(e.path("go.mod"))}},
		"gopls.check_upgrades":     map[string]any{"URI": fileURI(e.path("go.mod")), "Modules": []string{"example.com/mid", "example.com/dep"}},
	} {
		e.edits = nil
		t.Log("**", name, e.command(name, arg))
		for _, x := range e.edits {
			t.Logf("   edit %s", x)
		}
		t.Log("   go.mod same:", e.read("go.mod") == gomod)
	}
	show("h")
	e.changed("go.dev.mod", strings.Replace(e.read("go.dev.mod"), "mid v1.1.0", "mid v1.0.0", 1))
	show("i")
	t.Log(e.definition("main.go", main, "mid.Version", 5))
	t.Log("MESSAGES", strings.Join(e.messages, "\n"))
}
