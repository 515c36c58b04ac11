package injected

import (
	"fmt"
	"regexp"
	"strings"
)

// symbol returns the name that the linker has for a variable that -X names: the
// import path in it is escaped (cmd/internal/objabi.PathToPrefix).
func symbol(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return name
	}
	path, variable := name[:dot], name[dot:]
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c <= ' ' || c == '.' && i > slash || c == '%' || c == '"' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String() + variable
}

// facts are what the values of policy.Facts look like.
var facts = map[string]string{
	"git.commit":   `[0-9a-f]{40,64}`,
	"git.short":    `[0-9a-f]{12}`,
	"git.describe": `.+`,
	"git.tag":      `.+`,
	"git.time":     `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`,
}

var placeholder = regexp.MustCompile(`\{[a-z.]+\}`)

// isOther reports whether the value is one that a line of the policy gives at
// some commit.
func isOther(line, value string) bool {
	at := placeholder.FindAllStringIndex(line, -1)
	if at == nil {
		return false
	}
	pattern, rest := "", 0
	for _, p := range at {
		pattern += regexp.QuoteMeta(line[rest:p[0]]) + facts[line[p[0]+1:p[1]-1]]
		rest = p[1]
	}
	re, err := regexp.Compile("^(?s:" + pattern + regexp.QuoteMeta(line[rest:]) + ")$")
	return err == nil && re.MatchString(value)
}
