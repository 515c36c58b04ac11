package shim

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/policy"
)

// An Injection is a string variable of a program, and what a policy sets it to.
type Injection struct {
	Name   string // as for the linker's -X: "main.version"
	Value  string
	Source policy.Entry // the line of the policy, whose value has placeholders
}

// Injections returns what the policy injects into programs now, in the order of
// its lines. Without a policy of a repository, git is asked about dir. It is an
// error if git does not know a fact that is asked for.
func Injections(p *policy.Policy, dir string) ([]Injection, error) {
	facts := &facts{root: p.Root, dir: dir}
	var all []Injection
	for _, in := range p.Inject {
		value, err := facts.expand(in)
		if err != nil {
			return nil, err
		}
		all = append(all, Injection{in.Name, value, in})
	}
	return all, nil
}

// facts are what git knows of a checkout, for inject. They depend on the
// commit only, so that two builds of it are the same: there is no clock and
// no "dirty" among them.
type facts struct {
	root string // where the policy lies
	dir  string // where the command runs, if no repository has a policy
	repo *git.Repo
}

// expand returns the value of an inject line with its placeholders replaced.
func (f *facts) expand(in policy.Entry) (string, error) {
	var b strings.Builder
	rest := in.Value
	for {
		text, after, ok := strings.Cut(rest, "{")
		b.WriteString(text)
		if !ok {
			return b.String(), nil
		}
		name, tail, _ := strings.Cut(after, "}")
		value, err := f.get(name)
		if err != nil {
			return "", &diag.Error{Pos: in.Pos, Msg: "inject." + in.Name + ": {" + name + "}: " + err.Error(), Hint: factHint(err)}
		}
		b.WriteString(value)
		rest = tail
	}
}

func factHint(err error) string {
	switch {
	case errors.Is(err, errNoTag):
		return "{git.describe} has a value for every commit"
	case errors.Is(err, git.ErrTooDeep):
		return "fetch the history (git fetch --unshallow --tags), or use {git.tag} or {git.short}"
	}
	return ""
}

var (
	errNoRepo = errors.New("not in a git checkout")
	errNoTag  = errors.New("no tag is at the commit")
)

// get returns one of [policy.Facts].
func (f *facts) get(name string) (string, error) {
	if f.repo == nil {
		dir := f.root
		if dir == "" {
			dir = f.dir
		}
		root := git.Find(dir)
		if root == "" {
			return "", errNoRepo
		}
		repo, err := git.Open(root)
		if err != nil {
			return "", err
		}
		f.repo = repo
	}
	switch name {
	case "git.short":
		commit, err := f.repo.Commit()
		return commit[:min(12, len(commit))], err
	case "git.describe":
		return f.repo.Describe()
	case "git.tag":
		tags, err := f.repo.Tags()
		if err == nil && len(tags) == 0 {
			err = errNoTag
		}
		return bestTag(tags), err
	case "git.time":
		t, err := f.repo.CommitTime()
		return t.UTC().Format(time.RFC3339), err
	}
	return f.repo.Commit()
}

// bestTag returns the highest version among the tags of a commit, or the
// first tag if none is a version. It returns "" if there is none.
func bestTag(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return slices.MaxFunc(tags, func(a, b string) int {
		return cmp.Or(semver.Compare(a, b), strings.Compare(b, a))
	})
}
