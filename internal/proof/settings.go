package proof

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
)

const rebuild = "build it with the shim, in this environment"

// checkSettings compares the toolchain and the settings of the build that the go
// command records (cmd/go/internal/load.setBuildInfo) with the plan's.
func (c *check) checkSettings() {
	if got, want := firstWord(c.info.GoVersion), firstWord(c.plan.goenv["GOVERSION"]); got != want {
		c.add("prove-toolchain", finding.Medium, "it was built by "+got+", and the environment builds by "+want, rebuild)
	}
	n := 0
	for _, s := range c.expected() {
		got := c.setting(s.key)
		if s.key == "-tags" {
			got = normalTags(got)
		}
		n++
		if got != s.value {
			c.add("prove-setting", finding.Medium, "it was built with "+s.key+" "+orNone(got)+", and the environment has "+orNone(s.value), rebuild)
		}
	}
	c.count(n, "setting")
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func orNone(value string) string {
	if value == "" {
		return "unset"
	}
	return strconv.Quote(value)
}

// A setting of a build, as the go command records it. It records none that is
// the default.
type setting struct{ key, value string }

// expected returns the settings that a build by the plan would record, as far as
// the plan decides them.
func (c *check) expected() []setting {
	p := c.plan
	want := []setting{{"-buildmode", cmp.Or(p.flag("buildmode"), "exe")}, {"-tags", normalTags(p.flag("tags"))}}
	if want[0].value == "default" {
		want[0].value = "exe"
	}
	for _, name := range []string{"trimpath", "race", "msan", "asan", "cover"} {
		value := ""
		if on, err := strconv.ParseBool(p.flag(name)); err == nil && on {
			value = "true"
		}
		want = append(want, setting{"-" + name, value})
	}
	for _, name := range []string{"gcflags", "asmflags"} {
		want = append(want, setting{"-" + name, p.flag(name)})
	}
	trimmed := want[2].value != "" || c.setting("-trimpath") != ""
	if !trimmed { // otherwise they are not recorded, as paths may be in them
		want = append(want, setting{"-ldflags", p.flag("ldflags")})
	}
	want = append(want, setting{"CGO_ENABLED", p.goenv["CGO_ENABLED"]})
	if p.goenv["CGO_ENABLED"] == "1" && !trimmed {
		for _, name := range []string{"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS"} {
			value, _ := p.env.Effective(name)
			want = append(want, setting{name, value})
		}
	}
	want = append(want, setting{"GOEXPERIMENT", p.goenv["GOEXPERIMENT"]})
	for _, s := range c.info.Settings { // GOAMD64, GOARM64 and their like
		if name, ok := strings.CutPrefix(s.Key, "GO"); ok && name != "OS" && name != "ARCH" && strings.HasPrefix(name, archPrefix(c.setting("GOARCH"))) {
			want = append(want, setting{s.Key, p.goenv[s.Key]})
		}
	}
	if i := slices.IndexFunc(p.packages, func(pkg *listed) bool { return pkg.ImportPath == c.info.Path }); i >= 0 {
		want = append(want, setting{"DefaultGODEBUG", p.packages[i].DefaultGODEBUG})
	}
	return want
}

// archPrefix returns how the names of the variables begin that a GOARCH has.
func archPrefix(goarch string) string {
	switch goarch {
	case "mipsle":
		goarch = "mips"
	case "mips64le":
		goarch = "mips64"
	case "ppc64le":
		goarch = "ppc64"
	}
	return strings.ToUpper(goarch)
}

// normalTags returns a list of build tags in order, each once.
func normalTags(list string) string {
	tags := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(tags)
	return strings.Join(slices.Compact(tags), ",")
}

// checkCommit compares the commit that the program was built from with the one
// that is checked out.
func (c *check) checkCommit() {
	root := git.Find(c.plan.root())
	if root == "" {
		return
	}
	repo, err := git.Open(root)
	if err != nil {
		return // of a kind that we cannot read; the go command asks git itself
	}
	head, err := repo.Commit()
	if err != nil {
		return // no commit yet
	}
	got := c.setting("vcs.revision")
	switch outer := outerRoot(root, got); {
	case got == "":
		c.add("prove-no-commit", finding.Low, "it does not record which commit it was built from", "-buildvcs=true records it")
		return
	case got != head && outer != "":
		c.add("prove-outer-commit", finding.High,
			"it records commit "+got+" of the repository in "+outer+", and not "+head+" of "+root+": for the go command, a worktree or a submodule is no repository",
			`-buildvcs=false in flags of the environment leaves the commit out; or build in a clone that no other repository is around`)
		return
	case got != head:
		c.add("prove-commit", finding.High, "it was built from commit "+got+", and HEAD is "+head, "build it from the commit that is checked out")
	}
	if c.setting("vcs.modified") == "true" {
		c.add("prove-modified", finding.High, "it was built from a work tree with changes that were not committed", "commit them, and build again")
	}
}

// outerRoot returns the root of a repository around the one at root that has the
// commit checked out, if the go command takes that one for the program's: it sees no
// repository where .git is a file, as in a worktree (cmd/go/internal/vcs.isVCSRoot).
func outerRoot(root, commit string) string {
	if info, err := os.Stat(filepath.Join(root, ".git")); err != nil || info.IsDir() {
		return ""
	}
	outer := git.Find(filepath.Dir(root))
	if outer == "" || outer == root {
		return ""
	}
	repo, err := git.Open(outer)
	if err != nil {
		return ""
	}
	if head, err := repo.Commit(); err != nil || head != commit {
		return outerRoot(outer, commit)
	}
	return outer
}
