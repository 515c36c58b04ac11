package gomod

import "go/version"

// Toolchain returns the toolchain that a go line asks for. From Go 1.21 on the
// line 1.27 means the first release of the language version, go1.27.0
// (cmd/go/internal/toolchain.Select).
func Toolchain(goLine string) string {
	name := "go" + goLine
	if version.Lang(name) == name && version.Compare(name, "go1.21") >= 0 {
		name += ".0"
	}
	return name
}
