package git

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A checkout is a repository in a temporary folder, made with the git command.
type checkout struct {
	t     testing.TB
	dir   string
	clock int64 // date of the next commit or tag
}

func newCheckout(t testing.TB, initArgs ...string) *checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git command")
	}
	c := &checkout{t: t, dir: filepath.Join(t.TempDir(), "repo"), clock: 1_700_000_000}
	if err := os.Mkdir(c.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	c.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return c
}

// at returns a checkout in another folder, with the same clock.
func (c *checkout) at(dir string) *checkout { return &checkout{c.t, dir, c.clock} }

// path returns a path below the root.
func (c *checkout) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

func (c *checkout) try(args ...string) (string, error) { return c.run("", args...) }

func (c *checkout) run(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = c.dir
	cmd.Stdin = strings.NewReader(stdin)
	date := fmt.Sprintf("%d +0200", c.clock)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"HOME=" + filepath.Dir(c.dir),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1600000000 +0000",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_COMMITTER_DATE=" + date,
	}
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %v\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

func (c *checkout) git(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// fastImport adds what a git-fast-import(1) stream says, always to a pack.
func (c *checkout) fastImport(stream string) {
	c.t.Helper()
	if _, err := c.run(stream, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force"); err != nil {
		c.t.Fatal(err)
	}
}

// commit makes n commits, one minute apart.
func (c *checkout) commit(n int) {
	c.t.Helper()
	for range n {
		c.clock += 60
		// Much of the same text, so that commits are deltas in a pack.
		msg := fmt.Sprintf("commit %d\n\n%s", c.clock, strings.Repeat("Some words that recur. ", 40))
		c.git("commit", "-q", "--allow-empty", "-m", msg)
	}
}

func (c *checkout) tag(args ...string) {
	c.t.Helper()
	c.clock += 60
	c.git(append([]string{"-c", "advice.nestedTag=false", "tag"}, args...)...)
}

func (c *checkout) write(name, content string) {
	c.t.Helper()
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		c.t.Fatal(err)
	}
	os.Chmod(path, 0o666) // objects and packs are read-only
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		c.t.Fatal(err)
	}
}

func (c *checkout) read(name string) string {
	c.t.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

// glob returns the only file that matches the pattern, relative to the root.
func (c *checkout) glob(pattern string) string {
	c.t.Helper()
	found, err := filepath.Glob(c.path(pattern))
	if err != nil || len(found) != 1 {
		c.t.Fatalf("%s: found %q, %v", pattern, found, err)
	}
	rel, err := filepath.Rel(c.dir, found[0])
	if err != nil {
		c.t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

func (c *checkout) open() *Repo {
	c.t.Helper()
	r, err := Open(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// facts is what a Repo says of HEAD, or git.
type facts struct {
	Branch, Commit string
	Tags           []string
	Time           time.Time
	Describe       string
}

func (c *checkout) facts() (f facts, err error) {
	r := c.open()
	var errs [5]error
	f.Branch, errs[0] = r.Branch()
	f.Commit, errs[1] = r.Commit()
	f.Tags, errs[2] = r.Tags()
	f.Time, errs[3] = r.CommitTime()
	f.Describe, errs[4] = r.Describe()
	return f, errors.Join(errs[:]...)
}

// gitFacts asks git for the same facts.
func (c *checkout) gitFacts() facts {
	c.t.Helper()
	var f facts
	f.Branch, _ = c.try("symbolic-ref", "--short", "-q", "HEAD")
	f.Commit = c.git("rev-parse", "--verify", "HEAD")
	// Not tag --points-at, which before git 2.42 looks at one level of tags.
	for _, name := range strings.Fields(c.git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")) {
		if c.git("rev-parse", "refs/tags/"+name+"^{}") == f.Commit {
			f.Tags = append(f.Tags, name)
		}
	}
	var seconds int64
	fmt.Sscan(c.git("log", "-1", "--format=%ct"), &seconds)
	f.Time = time.Unix(seconds, 0).UTC()
	f.Describe = c.git("describe", "--tags", "--always", "--abbrev=12")
	return f
}
