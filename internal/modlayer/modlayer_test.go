package modlayer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const base = `module example.com/app

go 1.26

toolchain go1.26.2

require (
	example.com/dep v1.0.0
	example.com/mid v1.0.0
	example.com/old v1.0.0 // indirect
)

replace example.com/mid v1.0.0 => example.com/fork v1.0.1

exclude example.com/dep v1.0.5

tool example.com/mid/cmd/gen
`

// stack returns the stack of the base and the layers given as text.
func stack(t testing.TB, layers ...string) *Stack {
	t.Helper()
	s := &Stack{Root: t.TempDir()}
	for i, text := range append([]string{base}, layers...) {
		name := []string{"go.mod", "go.staging.mod", "go.dev.mod"}[i]
		f := &File{Path: "/" + name, Name: name, Data: []byte(text)}
		if err := f.parse(); err != nil {
			t.Fatal(err)
		}
		s.Files = append(s.Files, f)
	}
	return s
}

// lines returns the statements of a stack's merged file, one a line.
func lines(t testing.TB, s *Stack) string {
	t.Helper()
	m, err := s.Merge()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range sorted(index(statements(m.file))) {
		b.WriteString(strings.TrimRight(s.id.String()+" "+s.text+" "+s.value.version, " ") + "\n")
	}
	return b.String()
}

func TestMerge(t *testing.T) {
	all := lines(t, stack(t))
	without := func(text, line string) string {
		t.Helper()
		if !strings.Contains(text, line+"\n") {
			t.Fatalf("%q is not there", line)
		}
		return strings.Replace(text, line+"\n", "", 1)
	}
	instead := func(text, line, other string) string { return without(text, line) + other + "\n" }
	tests := []struct {
		name   string
		layers []string
		want   string
	}{
		{"empty", []string{""}, all},
		{"comment", []string{"// nothing\n"}, all},
		{"version up", []string{"require example.com/dep v1.2.0\n"}, instead(all, "require example.com/dep v1.0.0", "require example.com/dep v1.2.0")},
		{"version down", []string{"require example.com/dep v0.9.0\n"}, instead(all, "require example.com/dep v1.0.0", "require example.com/dep v0.9.0")},
		{"new module", []string{"require example.com/new v1.0.0\n"}, all + "require example.com/new v1.0.0\n"},
		{"replace", []string{"replace example.com/dep => \"../my dep\"\n"}, all + "replace example.com/dep ../my dep\n"},
		{"replace all versions", []string{"replace example.com/mid => ../mid\n"}, instead(all, "replace example.com/mid v1.0.0 example.com/fork v1.0.1", "replace example.com/mid ../mid")},
		{
			"replace all and one",
			[]string{"replace (\n\texample.com/mid v1.0.0 => ../one\n\texample.com/mid => ../mid\n)\n"},
			instead(all, "replace example.com/mid v1.0.0 example.com/fork v1.0.1", "replace example.com/mid v1.0.0 ../one") + "replace example.com/mid ../mid\n",
		},
		{"exclude, tool, godebug, ignore", []string{"exclude example.com/dep v1.0.6\ntool example.com/x\ngodebug panicnil=1\nignore ./web\n"}, all + "exclude example.com/dep v1.0.6\ntool example.com/x\ngodebug panicnil 1\nignore ./web\n"},
		{"go and toolchain", []string{"go 1.27\ntoolchain go1.27.1\n"}, instead(instead(all, "go 1.26", "go 1.27"), "toolchain go1.26.2", "toolchain go1.27.1")},
		{"drops", []string{"//goshim:drop require example.com/old\n//goshim:drop toolchain\n\t//goshim:drop tool example.com/mid/cmd/gen\n"}, without(without(without(all, "require example.com/old v1.0.0"), "toolchain go1.26.2"), "tool example.com/mid/cmd/gen")},
		{"drop one exclude", []string{"//goshim:drop exclude example.com/dep v1.0.5\n"}, without(all, "exclude example.com/dep v1.0.5")},
		{"two layers", []string{"require example.com/dep v1.1.0\n", "require example.com/dep v1.2.0\n"}, instead(all, "require example.com/dep v1.0.0", "require example.com/dep v1.2.0")},
		{"drop of a layer's line", []string{"replace example.com/dep => ../dep\n", "//goshim:drop replace example.com/dep\n"}, all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(sortLines(tt.want), sortLines(lines(t, stack(t, tt.layers...)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func sortLines(s string) []string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	m := map[string]bool{}
	for _, l := range all {
		m[l] = true
	}
	return sortedKeys(m)
}

func TestLayerErrors(t *testing.T) {
	tests := []struct{ layer, want string }{
		{"require example.com/dep\n", "go.staging.mod:1:1: usage: require module/path v1.2.3"},
		{"\nrequire example.com/dep master\n", `go.staging.mod:2:1: require example.com/dep: version "master" invalid: must be of the form v1.2.3`},
		{"requires x v1.0.0\n", "go.staging.mod:1:1: unknown directive: requires"},
		{"retract v1.0.0\n", "go.staging.mod:1:1: no module directive found, so retract cannot be used"},
		{"require example.com/dep v1.0.0\nrequire example.com/dep v1.1.0\n", "go.staging.mod:2:1: require example.com/dep stands here twice"},
		{"//goshim:drop require example.com/none\n", "go.staging.mod:1:1: there is no require example.com/none to drop"},
		{"  //goshim:drop replace example.com/mid\n", "go.staging.mod:1:3: there is no replace example.com/mid to drop"},
		{"//goshim:drop\n", "go.staging.mod:1:1: drop what?"},
		{"//goshim:drop module\n", "go.staging.mod:1:1: module lines cannot be dropped"},
		{"//goshim:drop exclude example.com/dep\n", "go.staging.mod:1:1: drop which exclude line?"},
		{"//goshim:keep x\n", "go.staging.mod:1:1: unknown directive //goshim:keep"},
		{"// goshim:drop require example.com/old\n", "go.staging.mod:1:1: a directive has no space behind the slashes"},
		{"tool x //goshim:drop toolchain\n", "go.staging.mod:1:8: a directive stands on a line of its own"},
		{"//goshim:drop require example.com/dep\nrequire example.com/dep v1.1.0\n", "go.staging.mod:1:1: require example.com/dep is both dropped and set"},
	}
	for _, tt := range tests {
		f := &File{Name: "go.staging.mod", Data: []byte(tt.layer)}
		err := f.parse()
		if err == nil {
			s := stack(t)
			s.Files = append(s.Files, f)
			_, err = s.Merge()
		}
		if got := errString(err); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.layer, got, tt.want)
		}
	}
}

func errString(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func TestMergeSums(t *testing.T) {
	s := stack(t, "")
	s.Files[0].Sum = []byte("a v1 h1:x=\na v1/go.mod h1:y=\n")
	s.Files[1].Sum = []byte("a v1 h1:x=\n\nb v1 h1:z=")
	m, err := s.Merge()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a v1 h1:x=\na v1/go.mod h1:y=\nb v1 h1:z=\n", string(m.Sum)); diff != "" {
		t.Error(diff)
	}
	s.Files[1].Sum = []byte("b v1 h1:z=\na v1 h1:other=\n")
	_, err = s.Merge()
	if got, want := errString(err), "go.staging.sum:2:1: the hash of a v1 is another than that in go.sum"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWriteBack(t *testing.T) {
	const layer = `// Ours while we work on dep.
replace example.com/dep => ../dep // see the wiki

require example.com/new v1.0.0
`
	edit := func(old, new string) func(string) string {
		return func(s string) string {
			t.Helper()
			if !strings.Contains(s, old) {
				t.Fatalf("no %q in\n%s", old, s)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	tests := []struct {
		name  string
		layer string
		edit  func(string) string
		keep  Keep
		want  string
	}{
		{"nothing", layer, func(s string) string { return s }, Exact, layer},
		{"nothing, badly formatted", "require    example.com/new v1.0.0", func(s string) string { return s }, Exact, "require    example.com/new v1.0.0"},
		{"another version", layer, edit("example.com/new v1.0.0", "example.com/new v1.1.0"), Exact, strings.Replace(layer, "new v1.0.0", "new v1.1.0", 1)},
		{"a line of the base", layer, edit("example.com/dep v1.0.0", "example.com/dep v1.1.0"), Exact, strings.Replace(layer, "require example.com/new v1.0.0", "require (\n\texample.com/dep v1.1.0\n\texample.com/new v1.0.0\n)", 1)},
		{"no longer needed", layer, edit("\texample.com/new v1.0.0\n", ""), Exact, strings.Replace(layer, "\nrequire example.com/new v1.0.0\n", "", 1)},
		{"only indirect differs", layer, edit("example.com/dep v1.0.0", "example.com/dep v1.0.0 // indirect"), Exact, layer},
		{"gone from the base", "", edit("\texample.com/old v1.0.0 // indirect\n", ""), Exact, "//goshim:drop require example.com/old\n"},
		{"gone from the base, tidied", "", edit("\texample.com/old v1.0.0 // indirect\n", ""), Loose, ""},
		{"wanted again", "//goshim:drop require example.com/old\n", edit("\texample.com/mid v1.0.0\n", "\texample.com/mid v1.0.0\n\texample.com/old v1.0.0 // indirect\n"), Exact, ""},
		{"a replacement of all versions", "", edit("replace example.com/mid v1.0.0 => example.com/fork v1.0.1", "replace example.com/mid => ../mid"), Exact, "replace example.com/mid => ../mid\n"},
		{
			"a replacement of all versions beside one", "",
			edit("replace example.com/mid v1.0.0 => example.com/fork v1.0.1", "replace example.com/mid => ../mid\nreplace example.com/mid v1.0.0 => example.com/fork v1.0.1"), Exact,
			"replace (\n\texample.com/mid => ../mid\n\texample.com/mid v1.0.0 => example.com/fork v1.0.1\n)\n",
		},
		{
			"a directive above a line that goes", "//goshim:drop replace example.com/mid v1.0.0\nrequire example.com/new v1.0.0\n",
			edit("\texample.com/new v1.0.0\n", ""), Exact, "//goshim:drop replace example.com/mid v1.0.0\n",
		},
		{"go line", "", edit("go 1.26\n", "go 1.27\n"), Exact, "go 1.27\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stack(t, tt.layer)
			m, err := s.Merge()
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := s.WriteBack([]byte(tt.edit(string(m.Mod))), nil, tt.keep)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	s := stack(t, "")
	_, _, err := s.WriteBack([]byte("module example.com/other\n"), nil, Exact)
	if got, want := errString(err), "go.staging.mod: a layer cannot change the module line: nothing is written"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzWriteBack checks that a layer written back says what was wanted, that to
// write it again changes nothing, and that no input is fatal.
func FuzzWriteBack(f *testing.F) {
	f.Add("require example.com/dep v1.1.0\n", base)
	f.Add("//goshim:drop require example.com/old\n", strings.Replace(base, "mid v1.0.0 =>", "mid =>", 1))
	f.Add("replace example.com/mid => ../x\n", base+"replace example.com/mid => ../y\n")
	f.Add("godebug default=go1.21\nignore ./a\ntool b\n", base+"ignore ./b\n")
	f.Fuzz(func(t *testing.T, layer, mod string) {
		s := stack(t)
		file := &File{Name: "go.dev.mod", Data: []byte(layer)}
		if file.parse() != nil || file.IsWhole() {
			return
		}
		s.Files = append(s.Files, file)
		if _, err := s.Merge(); err != nil {
			return
		}
		want := &File{Name: "go.mod", Data: []byte(mod)}
		if want.parse() != nil || !want.IsWhole() {
			return
		}
		data, _, err := s.WriteBack(want.Data, nil, Exact)
		if err != nil {
			return
		}
		s, err = s.With(1, data, nil)
		if err != nil {
			t.Fatalf("the written layer does not parse: %v\n%s", err, data)
		}
		m, err := s.Merge()
		if err != nil {
			t.Fatalf("the written layer does not merge: %v\n%s", err, data)
		}
		if diff := cmp.Diff(values(want), valuesOf(m)); diff != "" {
			t.Fatalf("-want +got:\n%s\nlayer:\n%s", diff, data)
		}
		again, _, err := s.WriteBack(m.Mod, nil, Exact)
		if err != nil || string(again) != string(data) {
			t.Fatalf("written again: %v\n%s\nnot\n%s", err, again, data)
		}
	})
}

func values(f *File) map[string]string { return valueMap(index(statements(f.mod))) }

func valuesOf(m *Merged) map[string]string { return valueMap(index(statements(m.file))) }

func valueMap(all map[id]stmt) map[string]string {
	m := make(map[string]string)
	for i, s := range all {
		if i.verb != "go" { // a layer cannot drop it
			m[i.String()] = s.text + " " + s.value.version
		}
	}
	return m
}

func sortedKeys(m map[string]bool) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	for i := range keys {
		for j := i; j > 0 && keys[j] < keys[j-1]; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	return keys
}
