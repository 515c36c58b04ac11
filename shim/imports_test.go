package shim

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// forbidden are the packages that the shim must not link, each with the
// reason. It runs before every go command, so its size and its start count.
var forbidden = map[string]string{
	"net":                             "the shim talks to nobody",
	"net/http":                        "the shim talks to nobody",
	"net/url":                         "splitting at the separators is enough",
	"crypto/tls":                      "the shim talks to nobody",
	"encoding/json":                   "what is printed as JSON, the companion prints",
	"encoding/gob":                    "state is lines of text",
	"database/sql":                    "state is lines of text",
	"text/template":                   "links all of reflect",
	"html/template":                   "links all of reflect",
	"flag":                            "the shim has no flags",
	"log":                             "errors go to standard error, once",
	"testing":                         "is for tests",
	"go/parser":                       "the shim does not read Go",
	"regexp":                          "is a tenth of the shim's size",
	"golang.org/x/mod/modfile":        "links regexp; the companion reads modfiles, and leaves a stamp",
	"golang.org/x/tools":              "the shim does not read Go",
	"github.com/pelletier/go-toml/v2": "its decoder links reflect; the AST in unstable does not",
	"github.com/spf13/cobra":          "the companion has the command line",
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../cmd/go").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/goshim/goshim/shim") {
		t.Fatal("go list -deps does not list the shim itself")
	}
	for pkg, reason := range forbidden {
		if slices.Contains(deps, pkg) {
			t.Errorf("cmd/go links %s: %s", pkg, reason)
		}
	}
}
