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
	proxy := goproxytest.NewTestServer(t, filepath.Join("testdata", "mod"), "")
	e.env = append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		homeVar+"="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_STATE_HOME="+filepath.Join(home, "state"),
		"XDG_DATA_HOME="+filepath.Join(home, "data"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"GOSHIM_REAL_GO="+real, "GOSHIM_CEILING="+work,
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOPATH="+filepath.Join(work, "gopath"), "GOMODCACHE="+filepath.Join(work, "gopath", "mod"),
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

// says waits until gopls says just this about a file, and for a while no more:
// what it learns of go.mod comes after what it learns of the packages.
func (e *editor) says(name string, want ...string) {
	e.t.Helper()
	if want == nil {
		want = []string{}
	}
	since := time.Now()
	deadline := since.Add(30 * time.Second)
	for {
		if err := e.command("gopls.diagnose_files", map[string]any{"Files": []string{fileURI(e.path(name))}}); err != nil {
			e.t.Fatal(err)
		}
		got := e.said(e.path(name))
		if same := slices.Equal(got, want); !same {
			since = time.Now()
		} else if time.Since(since) > 400*time.Millisecond {
			return
		}
		if time.Now().After(deadline) {
			e.t.Errorf("%s: -want +got\n%s", name, cmp.Diff(want, got))
			return
		}
		time.Sleep(100 * time.Millisecond)
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

// TestGopls holds the sessions of an editor under a layer.
//
//	go test ./testscript -run TestGopls -gopls=$(which gopls)
func TestGopls(t *testing.T) {
	t.Run("dev", testGoplsDev)
	t.Run("prod", testGoplsProd)
	t.Run("unsaved", testGoplsUnsaved)
	t.Run("gomod", testGoplsGomod)
	t.Run("commands", testGoplsCommands)
	t.Run("change", testGoplsChange)
	t.Run("broken", testGoplsBroken)
	t.Run("workspace", testGoplsWorkspace)
	t.Run("compare", testGoplsCompare)
}

// wantDefinition checks in which file the definition lies of what ends the text
// that is found.
func (e *editor) wantDefinition(name, text, find, want string) {
	e.t.Helper()
	if got := e.definition(name, text, find, len(find)-1); got != want {
		e.t.Errorf("definition of %s is in %q, want %q", find, got, want)
	}
}

func testGoplsDev(t *testing.T) {
	e := newEditor(t, nil)
	main := e.read("main.go")
	e.edit("main.go", main)
	e.says("main.go")
	e.says("go.mod")
	e.wantDefinition("main.go", main, "dep.OnlyLocal", "app/local/dep/dep.go")
	e.wantDefinition("main.go", main, "mid.Version", "gopath/mod/example.com/mid@v1.1.0/mid.go")
	e.wantDefinition("main.go", main, "extra.Version", "gopath/mod/example.com/extra@v1.0.0/extra.go")
}

func testGoplsProd(t *testing.T) {
	e := newEditor(t, nil, "GOSHIM_ENV=prod")
	main := e.read("main.go")
	e.edit("main.go", main)
	e.says("main.go", `could not import example.com/extra (no required module provides package "example.com/extra")`, "undefined: dep.OnlyLocal")
	e.wantDefinition("main.go", main, "mid.Version", "gopath/mod/example.com/mid@v1.0.0/mid.go")
}

// withMore is the module's main.go with a use of another package of the layer's.
var withMore = strings.NewReplacer(`"example.com/dep"`, "\"example.com/dep\"\n\t\"example.com/dep/more\"", "println(", "println(more.Name(), ").Replace(goplsFiles["main.go"])

func testGoplsUnsaved(t *testing.T) {
	e := newEditor(t, nil)
	e.edit("main.go", withMore)
	e.says("main.go")
	e.wantDefinition("main.go", withMore, "more.Name", "app/local/dep/more/more.go")
	e.wantDefinition("main.go", withMore, "mid.Version", "gopath/mod/example.com/mid@v1.1.0/mid.go")
	e.edit("main.go", strings.Replace(withMore, "dep.OnlyLocal", "dep.Nowhere", 1))
	e.says("main.go", "undefined: dep.Nowhere")

	// Unsaved edits of the replaced module are seen, too.
	e.edit("local/dep/dep.go", strings.Replace(e.read("local/dep/dep.go"), "OnlyLocal", "Nowhere", 1))
	e.says("main.go")
}

func testGoplsGomod(t *testing.T) {
	// In go.mod's own build list, extra is there because mid requires it: go mod
	// tidy would add it to go.mod, and the layer has it already.
	e := newEditor(t, map[string]string{
		"go.mod":           goplsFiles["go.mod"] + "\nreplace example.com/mid => ./local/mid\n",
		"local/mid/go.mod": "module example.com/mid\n\ngo 1.26\n\nrequire example.com/extra v1.0.0\n",
		"local/mid/mid.go": "package mid\n\nimport \"example.com/extra\"\n\nconst Version = extra.Version\n",
	})
	gomod := e.read("go.mod")
	e.edit("main.go", e.read("main.go"))
	e.edit("go.mod", gomod)
	e.says("go.mod")
	e.says("main.go")
	for _, module := range []string{"example.com/dep", "example.com/mid"} {
		if got := e.hover("go.mod", gomod, module); !strings.Contains(got, "is imported in `example.com/app`") {
			t.Errorf("hover of %s: %q", module, got)
		}
	}

	// What is wrong with the text of go.mod is told while it is not saved.
	e.edit("go.mod", strings.Replace(gomod, "require (", "requires (", 1))
	e.says("go.mod", "unknown block type: requires")
	e.edit("go.mod", strings.Replace(gomod, "dep v1.0.0", "dep v1.0.0 // indirect", 1))
	e.says("go.mod", "example.com/dep should be direct")
	e.edit("go.mod", gomod)
	e.says("go.mod")

	// go.dev.mod is no go.mod to gopls: it says nothing about it.
	layer := e.read("go.dev.mod")
	e.edit("go.dev.mod", layer)
	e.says("go.dev.mod")
	if got := e.hover("go.dev.mod", layer, "example.com/mid"); got != "" {
		t.Errorf("hover in go.dev.mod: %q", got)
	}
	// An unsaved edit of it holds for what is loaded next.
	e.edit("go.dev.mod", strings.Replace(layer, "mid v1.1.0", "mid v1.0.0", 1))
	e.edit("main.go", withMore)
	e.says("main.go")
}

func testGoplsCommands(t *testing.T) {
	for _, test := range []struct {
		command string
		arg     map[string]any
		want    func(gomod string) string // go.mod afterwards; nil: the command fails
	}{
		{"gopls.tidy", nil, func(s string) string { return s }},
		{"gopls.update_go_sum", nil, func(s string) string { return s }},
		{"gopls.check_upgrades", map[string]any{"Modules": []string{"example.com/mid"}}, func(s string) string { return s }},
		{"gopls.vendor", nil, nil},
		{"gopls.upgrade_dependency", map[string]any{"GoCmdArgs": []string{"example.com/mid@v1.1.0"}}, func(s string) string { return strings.Replace(s, "mid v1.0.0", "mid v1.1.0", 1) }},
		{"gopls.add_dependency", map[string]any{"AddRequire": true, "GoCmdArgs": []string{"example.com/tool@v1.2.3"}}, func(s string) string {
			return strings.Replace(s, "mid v1.0.0", "mid v1.0.0\n\texample.com/tool v1.2.3", 1)
		}},
	} {
		t.Run(strings.TrimPrefix(test.command, "gopls."), func(t *testing.T) {
			e := newEditor(t, nil)
			e.edit("main.go", e.read("main.go"))
			e.says("main.go")
			arg := map[string]any{"URI": fileURI(e.path("go.mod")), "URIs": []string{fileURI(e.path("go.mod"))}}
			for name, value := range test.arg {
				arg[name] = value
			}
			before, layer := e.read("go.mod"), e.read("go.dev.mod")
			err := e.command(test.command, arg)
			want := before
			switch {
			case test.want == nil:
				if err == nil || !strings.Contains(err.Error(), "goshim: goshim.toml:4:11: go mod vendor would fill vendor/ by go.dev.mod") {
					t.Errorf("error: %v", err)
				}
			case err != nil:
				t.Error(err)
			default:
				want = test.want(before)
			}
			if diff := cmp.Diff(want, e.read("go.mod")); diff != "" {
				t.Errorf("go.mod: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(layer, e.read("go.dev.mod")); diff != "" {
				t.Errorf("go.dev.mod: -want +got\n%s", diff)
			}
		})
	}
}

// testGoplsChange changes the layer on disk. gopls reloads when a file changes
// that its setting workspaceFiles names; without, it would not see this.
func testGoplsChange(t *testing.T) {
	e := newEditor(t, nil)
	main := e.read("main.go")
	e.edit("main.go", main)
	e.says("main.go")
	layer := e.read("go.dev.mod")
	e.changed("go.dev.mod", strings.Replace(layer, "mid v1.1.0", "mid v1.0.0", 1))
	e.says("main.go")
	e.wantDefinition("main.go", main, "mid.Version", "gopath/mod/example.com/mid@v1.0.0/mid.go")
	e.changed("go.dev.mod", strings.Replace(layer, "replace example.com/dep => ./local/dep\n", "", 1))
	e.says("main.go", "undefined: dep.OnlyLocal")
	e.changed("go.dev.mod", layer)
	e.says("main.go")
	e.changed("goshim.toml", strings.Replace(e.read("goshim.toml"), `default = "dev"`, `default = "prod"`, 1))
	e.wantDefinition("main.go", main, "mid.Version", "gopath/mod/example.com/mid@v1.0.0/mid.go")
	e.changed("goshim.toml", goplsFiles["goshim.toml"])
	e.says("main.go")

	// Several requests at once.
	wait := []func(any) error{}
	for range 8 {
		wait = append(wait,
			e.start("workspace/executeCommand", map[string]any{"command": "gopls.tidy", "arguments": []any{map[string]any{"URIs": []string{fileURI(e.path("go.mod"))}}}}),
			e.start("textDocument/definition", map[string]any{"textDocument": map[string]any{"uri": fileURI(e.path("main.go"))}, "position": position(main, "OnlyLocal", 1)}))
	}
	for _, w := range wait {
		if err := w(nil); err != nil {
			t.Error(err)
		}
	}
	e.says("main.go")
}

func testGoplsBroken(t *testing.T) {
	e := newEditor(t, nil)
	e.edit("main.go", e.read("main.go"))
	e.says("main.go")
	e.changed("go.dev.mod", "requires example.com/mid v1.1.0\n")
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(strings.Join(e.said(e.path("go.mod")), "\n"), "go.dev.mod:1:1: unknown directive: requires") {
		if time.Now().After(deadline) {
			t.Fatalf("go.mod: %q", e.said(e.path("go.mod")))
		}
		time.Sleep(100 * time.Millisecond)
	}
	e.changed("go.dev.mod", goplsFiles["go.dev.mod"])
	e.says("go.mod")
	e.says("main.go")
}

func testGoplsWorkspace(t *testing.T) {
	e := newEditor(t, map[string]string{
		"go.work":      "go 1.26\n\nuse (\n\t.\n\t./other\n)\n",
		"other/go.mod": "module example.com/other\n\ngo 1.26\n",
		"other/o.go":   "package other\n\nimport \"example.com/dep\"\n\nvar V = dep.OnlyLocal()\n",
	})
	e.edit("main.go", withMore)
	e.says("main.go")
	e.wantDefinition("main.go", withMore, "dep.OnlyLocal", "app/local/dep/dep.go")
	e.wantDefinition("main.go", withMore, "mid.Version", "gopath/mod/example.com/mid@v1.1.0/mid.go")
	other := e.read("other/o.go")
	e.edit("other/o.go", other)
	e.wantDefinition("other/o.go", other, "dep.OnlyLocal", "app/local/dep/dep.go")
}

// testGoplsCompare asks the same under a layer, and without one where go.mod
// itself says what the merged files say.
func testGoplsCompare(t *testing.T) {
	ask := func(t *testing.T, e *editor) []string {
		main, dep := e.read("main.go"), e.read("local/dep/dep.go")
		e.edit("main.go", main)
		e.edit("local/dep/dep.go", dep)
		e.says("main.go")
		e.says("local/dep/dep.go")
		return []string{
			e.definition("main.go", main, "dep.OnlyLocal", 5),
			e.definition("local/dep/dep.go", dep, "more.Name", 6),
			e.hover("main.go", main, "OnlyLocal"),
			e.hover("local/dep/dep.go", dep, "OnlyLocal"),
		}
	}
	whole := strings.Replace(goplsFiles["go.mod"], "mid v1.0.0", "extra v1.0.0\n\texample.com/mid v1.1.0", 1) + "\nreplace example.com/dep => ./local/dep\n"
	layered := newEditor(t, nil)
	plain := newEditor(t, map[string]string{"go.mod": whole, "go.sum": layered.read("go.sum") + layered.read("go.dev.sum")}, "GOSHIM_ENV=prod")
	if diff := cmp.Diff(ask(t, plain), ask(t, layered)); diff != "" {
		t.Errorf("-go.mod +layer\n%s", diff)
	}
}
