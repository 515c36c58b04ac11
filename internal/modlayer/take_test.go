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
