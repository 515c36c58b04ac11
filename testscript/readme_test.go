package testscript

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goshim/goshim/policy"
)

// TestReadme wants every key and every switch in the README.
func TestReadme(t *testing.T) {
	readme := readFile(t, "../README.md")
	for _, k := range policy.Keys {
		if !strings.Contains(readme, "`"+k.Name+"`") {
			t.Errorf("the README does not have the key %s", k.Name)
		}
	}
	for _, fact := range policy.Facts {
		if !strings.Contains(readme, "`{"+fact+"}`") {
			t.Errorf("the README does not have the fact %s", fact)
		}
	}
	for _, name := range switches(t) {
		if !strings.Contains(readme, "`"+name) {
			t.Errorf("the README does not have the switch %s", name)
		}
	}
}

// TestReadmeExample wants the policy at the top of the README to be one, and
// the refusal below it to name the line of the rule.
func TestReadmeExample(t *testing.T) {
	readme := readFile(t, "../README.md")
	_, rest, _ := strings.Cut(readme, "```toml\n")
	example, _, _ := strings.Cut(rest, "```")
	f, errs := policy.Parse(policy.Repository, policy.FileName, []byte(example))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	prod := f.Resolve("prod")
	if want := prod.Deny.Rules[0].Pos.String() + ": go get is not allowed"; !strings.Contains(readme, want) {
		t.Errorf("the README does not have %q", want)
	}
}

// TestSwitchesAreTested wants a script or a Go test for every switch.
func TestSwitchesAreTested(t *testing.T) {
	var tests strings.Builder
	for _, dir := range []string{".", "testdata/script"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".txtar") || strings.HasSuffix(e.Name(), "_test.go") {
				tests.WriteString(readFile(t, dir+"/"+e.Name()))
			}
		}
	}
	for _, name := range switches(t) {
		if !strings.Contains(tests.String(), name+"=") {
			t.Errorf("no test sets %s", name)
		}
	}
}

// switches returns the variables that the shim and its policies read.
func switches(t *testing.T) []string {
	t.Helper()
	var names []string
	quoted := regexp.MustCompile(`(?:[gG]etenv|Get)\("(GOSHIM[A-Z_]*)"\)`)
	for _, dir := range []string{"../shim", "../policy"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			for _, m := range quoted.FindAllStringSubmatch(readFile(t, dir+"/"+e.Name()), -1) {
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) < 7 {
		t.Fatalf("found only %v: does the pattern still match the code?", names)
	}
	return names
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
