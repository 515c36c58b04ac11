package vendorgit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendortree"
)

// converting are the attributes by which git stores another text than that of the
// file.
var converting = []string{"text", "eol", "crlf", "filter", "ident", "working-tree-encoding"}

// converted tells where git converts the text of vendored files when it stores
// them or checks them out, so that a clone may have other bytes than the modules.
func (c *checker) converted() error {
	var files []string
	for _, e := range c.entries {
		if strings.HasPrefix(e.Path, c.vendorPath()+"/") {
			files = append(files, e.Path)
		}
	}
	attributes, err := c.tree.Attributes(files, converting...)
	if err != nil {
		return err
	}
	autocrlf, err := c.tree.Config("core.autocrlf")
	if err != nil {
		return err
	}
	if autocrlf == "false" {
		autocrlf = ""
	}
	first, n := make(map[string]string), make(map[string]int)
	for _, file := range files {
		why := conversion(attributes[file], autocrlf)
		if why == "" {
			continue
		}
		if n[why]++; n[why] == 1 {
			first[why] = file
		}
	}
	for why, file := range first {
		c.add(finding.Finding{
			Rule: "git-conversion", Severity: finding.Low, File: file,
			Message: fmt.Sprintf("git converts it%s, by %s", others(n[why]-1), why),
			Hint:    vendortree.ConversionHint(c.place.Root, c.name(file)),
		})
	}
	return nil
}

// conversion returns by what git converts a file with the attributes: these, or
// core.autocrlf, which counts where nothing is said of text.
func conversion(attributes []string, autocrlf string) string {
	has := func(name string) bool {
		return slices.ContainsFunc(attributes, func(a string) bool { return a == name || strings.HasPrefix(a, name+"=") })
	}
	isBinary := has("-text") || has("-crlf") && !has("text")
	var by []string
	for _, a := range attributes {
		isOfLines := strings.HasPrefix(a, "text") || strings.HasPrefix(a, "eol") || strings.HasPrefix(a, "crlf")
		if !strings.HasPrefix(a, "-") && !(isOfLines && isBinary) {
			by = append(by, a)
		}
	}
	if autocrlf != "" && !isBinary && !has("text") && !has("eol") && !has("crlf") {
		by = append(by, "core.autocrlf="+autocrlf)
	}
	return strings.Join(by, " ")
}

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " and another file"
	}
	return fmt.Sprintf(" and %d other files", n)
}

func quote(s string) string { return strconv.Quote(s) }

func position(file string, line int) string { return file + ":" + strconv.Itoa(line) }
