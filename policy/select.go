package policy

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/userdir"
)

// A Choice is the chosen environment and the reason.
type Choice struct {
	Env    string // "" if the files define none
	Reason string // "GOSHIM_ENV", "goshim env use", "branch main", "default"
	Pos    diag.Pos
}

// String returns the choice as a sentence shows it.
func (c Choice) String() string {
	if c.Env == "" {
		return c.Reason
	}
	return "environment " + strconv.Quote(c.Env) + ", chosen by " + c.Reason
}

// In returns " in environment …" for a sentence about what holds, or "" if
// there is no environment.
func (c Choice) In() string {
	if c.Env == "" {
		return ""
	}
	return " in environment " + strconv.Quote(c.Env)
}

// WayOut returns the hint for a user whom the environment refuses something.
func (c Choice) WayOut() string {
	if c.Env == "" {
		return ""
	}
	return "the environment was chosen by " + c.Reason + "; GOSHIM_ENV=NAME chooses another"
}

// choose returns the environment that holds in the checkout at root: that of
// GOSHIM_ENV, the one stored for the checkout, the first select that matches,
// or the default. Files of lower authority come first, as they are more
// specific.
func choose(files []*File, root string, getenv userdir.Getenv) (Choice, error) {
	if name := getenv("GOSHIM_ENV"); name != "" {
		return defined(files, Choice{Env: name, Reason: "GOSHIM_ENV"})
	}
	if name := StoredEnv(root, getenv); name != "" {
		return defined(files, Choice{Env: name, Reason: "goshim env use"})
	}
	facts := &checkout{root: root}
	for _, f := range files {
		for _, s := range f.Select {
			reason, err := s.match(facts, getenv)
			if err != nil {
				return Choice{}, err
			}
			if reason != "" {
				return defined(files, Choice{s.Env.Value, reason, s.Pos})
			}
		}
	}
	for _, f := range files {
		if f.Default.IsSet() {
			return defined(files, Choice{f.Default.Value, "default", f.Default.Pos})
		}
	}
	return Choice{Reason: "no environment is defined"}, nil
}

// defined returns c, or an error if no file defines its environment: a typing
// error never selects another one.
func defined(files []*File, c Choice) (Choice, error) {
	var names []string
	for _, f := range files {
		names = append(names, f.envNames()...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if slices.Contains(names, c.Env) {
		return c, nil
	}
	where := "any policy file"
	if len(files) > 0 {
		where = files[0].Name
	}
	hint := diag.DidYouMean(c.Env, names)
	if c.Reason == "goshim env use" {
		hint = "goshim env use NAME chooses another"
	}
	return Choice{}, &diag.Error{
		Msg:  "environment " + strconv.Quote(c.Env) + " (from " + c.Reason + ") is not defined in " + where + " (have " + listOr(names, "none") + ")",
		Hint: hint,
	}
}

// match returns what made the select match, or "". A fact that git does not
// have, such as the branch of a detached HEAD, matches nothing.
func (s *Select) match(facts *checkout, getenv userdir.Getenv) (string, error) {
	var reasons []string
	for _, v := range s.Vars {
		got := getenv(v.Name)
		if got == "" || v.Value != "*" && v.Value != got {
			return "", nil
		}
		reasons = append(reasons, v.Name+"="+v.Value)
	}
	if s.Branch.IsSet() {
		branch, err := facts.branch()
		if err != nil {
			return "", s.unreadable(err)
		}
		if branch == "" || !matchesAny(s.Branch, branch) {
			return "", nil
		}
		reasons = append(reasons, "branch "+branch)
	}
	if s.Tag.IsSet() {
		tags, err := facts.tags()
		if err != nil {
			return "", s.unreadable(err)
		}
		i := slices.IndexFunc(tags, func(tag string) bool { return matchesAny(s.Tag, tag) })
		if i < 0 {
			return "", nil
		}
		reasons = append(reasons, "tag "+tags[i])
	}
	return strings.Join(reasons, ", "), nil
}

func (s *Select) unreadable(err error) error {
	return &diag.Error{Pos: s.Pos, Msg: "reading git's files: " + err.Error(), Hint: "GOSHIM_ENV chooses without them"}
}

func matchesAny(patterns List, name string) bool {
	return slices.ContainsFunc(patterns.Items, func(p String) bool {
		ok, err := path.Match(p.Value, name)
		return ok && err == nil
	})
}

// A checkout reads git facts when they are asked for. Outside of git there
// are none.
type checkout struct {
	root string
	repo *git.Repo
	err  error
}

func (c *checkout) open() *git.Repo {
	if c.repo == nil && c.err == nil && c.root != "" {
		if root := git.Find(c.root); root != "" {
			c.repo, c.err = git.Open(root)
		}
		c.root = ""
	}
	return c.repo
}

func (c *checkout) branch() (string, error) {
	if r := c.open(); r != nil {
		return r.Branch()
	}
	return "", c.err
}

func (c *checkout) tags() ([]string, error) {
	r := c.open()
	if r == nil {
		return nil, c.err
	}
	tags, err := r.Tags()
	if errors.Is(err, git.ErrNoCommit) {
		return nil, nil
	}
	return tags, err
}

// StoredEnv returns the environment that `goshim env use` stored for the
// checkout at root, or "".
func StoredEnv(root string, getenv userdir.Getenv) string {
	_, name, _ := strings.Cut(readRecord(envRecord(root, getenv)), "\n")
	return strings.TrimSpace(name)
}

// StoreEnv stores the environment of the checkout at root; the name "" lets
// the other rules choose again.
func StoreEnv(root, name string, getenv userdir.Getenv) error {
	file := envRecord(root, getenv)
	if name == "" {
		return removeRecord(file)
	}
	return writeRecord(file, root+"\n"+name+"\n")
}

func envRecord(root string, getenv userdir.Getenv) string {
	return recordFile("env", canonical(root), getenv)
}
