package vendorgraph

import (
	"go/build"
	"runtime"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/shim"
)

// PlatformOf returns what the go commands of a target build for.
func PlatformOf(target *shim.Target) *pkgscan.Platform {
	get := func(name, none string) string {
		if v, _ := target.Vars.Effective(name); v != "" {
			return v
		}
		return none
	}
	p := &pkgscan.Platform{
		GOOS: get("GOOS", runtime.GOOS), GOARCH: get("GOARCH", runtime.GOARCH), Compiler: "gc",
		ToolTags: build.Default.ToolTags, ReleaseTags: releases(target.Real.Version()),
	}
	words, _ := gocmd.SplitGOFLAGS(get("GOFLAGS", ""))
	for _, word := range words {
		if name, value, _ := gocmd.CutFlag(word); name == "tags" {
			p.BuildTags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	p.CgoEnabled = get("CGO_ENABLED", cgoDefault(p)) == "1"
	return p
}

// On returns the platform for another operating system and architecture, with
// the same tags. Cgo works only where the go command would compile natively.
func On(p *pkgscan.Platform, goos, goarch string) *pkgscan.Platform {
	q := *p
	q.GOOS, q.GOARCH = goos, goarch
	q.CgoEnabled = p.CgoEnabled && cgoDefault(&q) == "1"
	return &q
}

// cgoDefault returns the value of CGO_ENABLED if nobody sets it and there is a C
// compiler: cross-compiling goes without cgo (go/build.defaultContext).
func cgoDefault(p *pkgscan.Platform) string {
	if p.GOOS == runtime.GOOS && p.GOARCH == runtime.GOARCH {
		return "1"
	}
	return "0"
}

// releases returns the release tags of a toolchain such as go1.26.8: go1.1 to
// go1.26. They are those of this program if the name says nothing.
func releases(toolchain string) []string {
	_, minor, _ := strings.Cut(toolchain, "go1.")
	if i := strings.IndexFunc(minor, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		minor = minor[:i]
	}
	n, err := strconv.Atoi(minor)
	if err != nil || n > 1000 {
		return build.Default.ReleaseTags
	}
	var tags []string
	for i := 1; i <= n; i++ {
		tags = append(tags, "go1."+strconv.Itoa(i))
	}
	return tags
}
