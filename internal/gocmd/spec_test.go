package gocmd

import (
	"slices"
	"strings"
	"testing"
)

func TestSpecs(t *testing.T) {
	var words []string
	for _, s := range Specs() {
		words = append(words, s.Words)
		if Lookup(s.Words) != s {
			t.Errorf("Lookup(%q) found another Spec", s.Words)
		}
		if c := Parse(strings.Fields(s.Words)); c.Spec != s {
			t.Errorf("Parse(%q) found another Spec, for %q", s.Words, c.Words)
		}
		if s.Words != "help" && s.Flag("C") != Value {
			t.Errorf("go %s has no -C", s.Words)
		}
	}
	if !slices.IsSorted(words) {
		t.Errorf("not sorted: %q", words)
	}
	if s := Lookup("mod"); s != nil {
		t.Errorf("Lookup(mod) = %v, want nil", s)
	}
}

func TestFlagKind(t *testing.T) {
	tests := []struct {
		words, flag string
		want        Kind
	}{
		{"build", "tags", Value},
		{"build", "race", Bool},
		{"build", "tag", None},
		{"build", "", None},
		{"build", "tags=", None},
		{"build", "race tags", None},
		{"get", "mod", None},
		{"test", "c", Bool},
		{"vet", "c", Value},
		{"test", "test.run", Value},
		{"test", "test.race", None},
		{"vet", "test.run", None},
		{"vet", "printf", Bool},
		{"doc", "src", Bool},
	}
	for _, tt := range tests {
		if got := Lookup(tt.words).Flag(tt.flag); got != tt.want {
			t.Errorf("Flag(%q) of go %s = %d, want %d", tt.flag, tt.words, got, tt.want)
		}
	}
}

// The matrix of what commands do with the shared flags, from experiments: rows
// not listed have no effect, even if the command accepts the flag.
func TestApplies(t *testing.T) {
	matrix := map[string]string{
		"mod": "build fix install list run test vet",
		"modfile": "build clean fix fmt generate get install list mod-download mod-edit mod-graph mod-init" +
			" mod-tidy mod-vendor mod-verify mod-why run test tool vet",
		"modcacherw": "build clean fix fmt generate get install list mod-download mod-edit mod-graph mod-init" +
			" mod-tidy mod-vendor mod-verify mod-why run test tool vet work-init work-sync work-use work-vendor",
		"overlay": "build clean fix fmt generate get install list mod-download mod-edit mod-graph mod-init" +
			" mod-tidy mod-vendor mod-verify mod-why run test tool vet work-init work-sync work-use work-vendor",
		"tags":     "build clean fix generate get install list run test vet",
		"ldflags":  "build fix install list run test vet",
		"trimpath": "build fix install list run test vet",
		"buildvcs": "build fix install list run test vet",
		"race":     "build fix install list run test vet",
		"nosuch":   "",
	}
	for flag, want := range matrix {
		var got []string
		for _, s := range Specs() {
			if s.Applies(flag) {
				got = append(got, strings.ReplaceAll(s.Words, " ", "-"))
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("-%s\ngot  %s\nwant %s", flag, got, want)
		}
	}
	if !Lookup("get").Applies("u") || !Lookup("work vendor").Applies("v") {
		t.Error("a command's own flag does not apply to it")
	}
}

// TestMayUseNetwork has the commands that run without a network where that is
// denied. All others print, or edit a file.
func TestMayUseNetwork(t *testing.T) {
	var got []string
	for _, s := range Specs() {
		if (&Command{Words: s.Words}).MayUseNetwork() {
			got = append(got, strings.ReplaceAll(s.Words, " ", "-"))
		}
	}
	const want = "build fix generate get install mod-download mod-graph mod-tidy mod-vendor mod-verify mod-why run test tool vet work-sync work-vendor"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
