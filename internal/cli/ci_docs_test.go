package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestPipelines wants the commands and flags of goshim in docs/ci to be there,
// goshim to be pinned, and no more than the variables that the README has.
func TestPipelines(t *testing.T) {
	readme := readText(t, "../../README.md")
	files, err := filepath.Glob("../../docs/ci/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		text := readText(t, file)
		var found []string
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "#") {
				continue
			}
			if words, ok := goshimWords(line); ok {
				cmd := checkWords(t, file, words)
				found = append(found, cmd.CommandPath())
			}
		}
		if !slices.Contains(found, "goshim ci gate") {
			t.Errorf("%s runs %v, and not the gate", file, found)
		}
		if !strings.Contains(text, "cmd/goshim@$GOSHIM_VERSION") || !regexp.MustCompile(`GOSHIM_VERSION: v\d+\.\d+\.\d+\n`).MatchString(text) {
			t.Errorf("%s does not pin the version", file)
		}
		for _, name := range regexp.MustCompile(`GOSHIM_[A-Z]+`).FindAllString(text, -1) {
			if name != "GOSHIM_VERSION" && !strings.Contains(readme, "`"+name) {
				t.Errorf("%s: the README does not have %s", file, name)
			}
		}
	}
}

// goshimWords returns the words of a command goshim in a line of YAML.
func goshimWords(line string) ([]string, bool) {
	line = strings.TrimPrefix(strings.TrimPrefix(line, "- "), "run: ")
	words, ok := strings.CutPrefix(line, "goshim ")
	return strings.Fields(words), ok
}

// checkWords wants the words to be a command with flags that it has.
func checkWords(t *testing.T, file string, words []string) *cobra.Command {
	t.Helper()
	root := (&App{Stderr: os.Stderr, Stdout: os.Stdout}).root()
	cmd, rest, err := root.Find(words)
	if err != nil || cmd == root {
		t.Fatalf("%s: goshim %v: %v", file, words, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: goshim %v: %v", file, words, err)
	}
	if args := cmd.Flags().Args(); cmd.ValidateArgs(args) != nil {
		t.Errorf("%s: goshim %v: %v", file, words, cmd.ValidateArgs(args))
	}
	return cmd
}

// TestGateHelp wants the README to have the exit statuses that the help has.
func TestGateHelp(t *testing.T) {
	readme := readText(t, "../../README.md")
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+) +(1\d) `).FindAllStringSubmatch(ciGateHelp, -1) {
		if !regexp.MustCompile("(?m)^\\| " + m[2] + " \\| `" + m[1] + "` \\|").MatchString(readme) {
			t.Errorf("the README does not say that %s is the status of %s", m[2], m[1])
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
