package promote

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/journal"
)

// A Git is a git checkout.
type Git struct {
	Dir string // a directory of it
	Env []string
}

// Check refuses to commit the changes if git could not, or if one of the files
// has something in it that is not committed yet.
func (g Git) Check(p *Plan) error {
	if _, err := g.run("rev-parse", "--is-inside-work-tree"); err != nil {
		return refused("--commit: this is no git checkout: "+err.Error(), "nothing is changed; leave --commit out")
	}
	if _, err := g.run("var", "GIT_COMMITTER_IDENT"); err != nil {
		return refused("--commit: git does not know who you are: "+err.Error(), "nothing is changed; git config user.name and user.email")
	}
	for _, c := range p.Changes {
		out, err := g.run("status", "--porcelain", "--ignored", "--", g.rel(c.Path))
		if err != nil {
			return refused("--commit: "+err.Error(), "nothing is changed")
		}
		switch {
		case out == "":
		case strings.HasPrefix(out, "!!"):
			return refused("--commit: git ignores "+p.Names[c.Path], "nothing is changed; leave --commit out")
		default:
			return refused("--commit: "+p.Names[c.Path]+" has changes that are not committed", "nothing is changed; commit them first")
		}
	}
	return nil
}

// Commit commits the changes, which have been written, and nothing else.
func (g Git) Commit(p *Plan, message string) error {
	paths := []string{"--"}
	for _, c := range p.Changes {
		paths = append(paths, g.rel(c.Path))
	}
	if created := g.created(p.Changes); len(created) > 0 {
		if _, err := g.run(append([]string{"add", "--"}, created...)...); err != nil {
			return refused("the files are written, but not committed: "+err.Error(), "")
		}
	}
	_, err := g.run(slices.Concat([]string{"commit", "-q", "-m", message, "--only"}, paths)...)
	if err != nil {
		return refused("the files are written, but not committed: "+err.Error(), "git diff shows them")
	}
	return nil
}

// rel returns a path as seen from the directory: git knows the checkout by
// its path without symbolic links.
func (g Git) rel(path string) string {
	if rel, err := filepath.Rel(g.Dir, path); err == nil {
		return rel
	}
	return path
}

// created returns the files that git does not know yet.
func (g Git) created(changes []journal.Change) []string {
	var paths []string
	for _, c := range changes {
		if c.Old == nil {
			paths = append(paths, g.rel(c.Path))
		}
	}
	return paths
}

func refused(msg, hint string) error { return &diag.Error{Msg: msg, Hint: hint} }

// run runs git and returns what it prints, or an error with its last words.
func (g Git) run(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = g.Dir, g.Env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		if text := lines[len(lines)-1]; text != "" {
			return "", errors.New(text)
		}
		return "", err
	}
	return strings.TrimRight(stdout.String(), "\n"), nil
}

// Message returns the message of the commit.
func (r *Request) Message(p *Plan, base string) string {
	from, to := r.names()
	var b strings.Builder
	b.WriteString(base + ": promote " + from + " to " + to + "\n\n")
	for _, m := range p.Moves {
		b.WriteString(m.What + " " + m.Old + " → " + m.New + "\n")
	}
	return b.String()
}
