package modlayer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTake(t *testing.T) {
	const staging = "require example.com/dep v1.1.0\n"
	all := func(Statement) bool { return true }
	tests := []struct {
		name  string
		layer string
		keep  func(Statement) bool
		want  string
	}{
		{"nothing", "", all, staging},
		{"a version", "require example.com/dep v1.2.0\n", all, "require example.com/dep v1.2.0\n"},
		{"back to the base", "require example.com/dep v1.0.0\n", all, ""},
		{
			"with its comments", "// While we wait.\nreplace example.com/dep => ../dep // see the wiki\n", all,
			staging + "\n// While we wait.\nreplace example.com/dep => ../dep // see the wiki\n",
		},
		{"a directive", "//goshim:drop tool example.com/mid/cmd/gen\n", all, staging + "\n//goshim:drop tool example.com/mid/cmd/gen\n"},
		{"a directive about its own line", "//goshim:drop require example.com/dep\n", all, "//goshim:drop require example.com/dep\n"},
		{
			"a part", "require (\n\texample.com/dep v1.2.0\n\texample.com/new v1.0.0\n)\ntool x\n",
			func(s Statement) bool { return s.Path == "example.com/new" },
			"require (\n\texample.com/dep v1.1.0\n\texample.com/new v1.0.0\n)\n",
		},
		{
			"no directive as a comment", "//goshim:drop tool example.com/mid/cmd/gen\nexclude example.com/dep v1.0.1\n",
			func(s Statement) bool { return s.Verb == "exclude" },
			staging + "\nexclude example.com/dep v1.0.1\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stack(t, staging, tt.layer)
			part, err := s.Top().Part(tt.keep)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Lower().Take(part)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got.Top().Data)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Top().Data == nil {
				t.Error("an empty layer is no file")
			}
		})
	}
}

// TestTakeComments wants the comments of both files on a line that moves.
func TestTakeComments(t *testing.T) {
	s := stack(t, "require example.com/dep v1.1.0 // pinned\n", "// For the fix.\nrequire example.com/dep v1.2.0 // see the wiki\n")
	part, err := s.Top().Part(func(Statement) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Lower().Take(part)
	if err != nil {
		t.Fatal(err)
	}
	want := "// For the fix.\n// see the wiki\nrequire example.com/dep v1.2.0 // pinned\n"
	if diff := cmp.Diff(want, string(got.Top().Data)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestUsageError wants errors on one line: the usage of replace has two.
func TestUsageError(t *testing.T) {
	err := (&File{Name: "go.dev.mod", Data: []byte("replace example.com/dep\n")}).parse()
	want := "go.dev.mod:1:1: usage: replace module/path [v1.2.3] => other/module v1.4 or replace module/path [v1.2.3] => ../local/directory"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStatements(t *testing.T) {
	s := stack(t, "\nreplace example.com/dep v1.0.0 => example.com/fork v1.0.1\n//goshim:drop toolchain\n")
	var got []string
	for _, s := range s.Top().Statements() {
		got = append(got, s.Pos.String()+": "+s.Name()+" = "+s.Text)
	}
	want := []string{
		"go.staging.mod:2:1: replace example.com/dep v1.0.0 = example.com/fork v1.0.1",
		"go.staging.mod:3:1: toolchain = ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzTake moves a layer's lines down and checks that the file which takes them
// says what both said, and that what is left of the layer changes nothing.
func FuzzTake(f *testing.F) {
	f.Add("require example.com/dep v1.1.0\n", "//goshim:drop replace example.com/mid v1.0.0\n")
	f.Add("replace example.com/mid => ../x // why\n", "replace example.com/mid v1.0.0 => ../y\n")
	f.Add("//goshim:drop require example.com/old\n", "// back\nrequire example.com/old v1.0.0 // indirect\n")
	f.Add("godebug default=go1.21\nignore ./a\ntool b\n", "//goshim:drop tool b\ngo 1.27\n")
	f.Fuzz(func(t *testing.T, staging, dev string) {
		s := stack(t)
		for i, text := range []string{staging, dev} {
			name := []string{"go.staging.mod", "go.dev.mod"}[i]
			file := &File{Name: name, Path: "/" + name, Data: []byte(text)}
			if file.parse() != nil || file.IsWhole() {
				return
			}
			s.Files = append(s.Files, file)
		}
		was, err := s.Merge()
		if err != nil {
			return
		}
		for level := range 2 { // go.mod itself, or the layer between
			part, err := s.Top().Part(func(Statement) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			lower := s.Upto(level + 1)
			direct, err := lower.Over(part).Merge()
			if err != nil {
				continue // drops what only the layer between has
			}
			taken, err := lower.Take(part)
			if err != nil {
				t.Fatalf("level %d: %v", level, err)
			}
			now, err := taken.Merge()
			if err != nil {
				t.Fatalf("level %d: what took the lines does not merge: %v\n%s", level, err, taken.Top().Data)
			}
			if diff := cmp.Diff(valuesOf(direct), valuesOf(now)); diff != "" {
				t.Fatalf("level %d: -want +got:\n%s\n%s", level, diff, taken.Top().Data)
			}
			over, err := s.With(level, taken.Top().Data, nil)
			if err != nil {
				t.Fatal(err)
			}
			data, _, err := over.WriteBack(was.Mod, nil, Exact)
			if err != nil {
				continue // the layer between does not merge any more, which is refused
			}
			rest, err := over.With(2, data, nil)
			if err != nil {
				t.Fatalf("level %d: what is left does not parse: %v\n%s", level, err, data)
			}
			is, err := rest.Merge()
			if err != nil {
				t.Fatalf("level %d: what is left does not merge: %v\n%s", level, err, data)
			}
			if diff := cmp.Diff(valuesOf(was), valuesOf(is)); diff != "" {
				t.Fatalf("level %d: -was +is:\n%s\n%s", level, diff, data)
			}
		}
	})
}
