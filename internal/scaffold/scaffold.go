// Package scaffold looks at a repository and writes a first goshim.toml for
// it: the work of `goshim init`.
//
// What it writes works at once, in every environment. In the file, "# text" is
// prose and "#key = value" a setting to uncomment; uncommenting all of them
// gives a valid file too.
package scaffold

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// A Scaffold is what [Init] wrote.
type Scaffold struct {
	Path       string // of the goshim.toml
	Repository *Repository
	Hash       string // the file's fingerprint
	NeedsTrust bool   // some setting needs trust on other machines too
	TrustErr   error  // why the file could not be trusted, nil if it is
	Choice     policy.Choice
}

// Init writes a goshim.toml for the repository around dir, and trusts it. It
// refuses if there is one. That the file cannot be trusted, for want of a
// place to say so, is no error.
func Init(dir string, env *envset.Set) (*Scaffold, error) {
	if path := policy.Find(dir, env.Get); path != "" {
		return nil, alreadyThere(path)
	}
	repo, err := Look(dir, env.Get)
	if err != nil {
		return nil, err
	}
	s := &Scaffold{Path: filepath.Join(repo.Root, policy.FileName), Repository: repo}
	data := repo.policyFile()
	f, errs := policy.Parse(policy.Repository, policy.FileName, data)
	if len(errs) > 0 {
		return nil, fmt.Errorf("the file for this repository would not be valid: %v", errs[0])
	}
	if err := create(s.Path, data); err != nil {
		return nil, err
	}
	f.Path = s.Path
	s.trust(f, env)
	s.NeedsTrust = len(repo.Private) > 0
	if p, err := policy.Load(repo.Root, env); err == nil && p != nil {
		s.Choice = p.Choice
	}
	return s, nil
}

// trust trusts the file as it was written.
func (s *Scaffold) trust(f *policy.File, env *envset.Set) {
	if s.Hash, _, s.TrustErr = f.Fingerprint(); s.TrustErr == nil {
		s.TrustErr = policy.SetTrusted(s.Path, s.Hash, env.Get)
	}
}

//go:embed goshim.toml.tmpl
var text string

var tmpl = template.Must(template.New(policy.FileName).Funcs(template.FuncMap{"list": list}).Parse(text))

// policyFile returns the content of the goshim.toml for the repository.
func (r *Repository) policyFile() []byte {
	var b bytes.Buffer
	if err := tmpl.Execute(&b, r); err != nil {
		panic(err) // the template is ours, and so is its data
	}
	return b.Bytes()
}

// list returns the items as a TOML array.
func list(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = fmt.Sprintf("%q", item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// create writes a new file in one step. Of two that do so at once, one is
// told that the file is there.
func create(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".goshim-*.toml")
	if err != nil {
		return &diag.Error{Msg: "writing " + path + ": " + cause(err)}
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	for _, e := range []error{tmp.Chmod(0o644), tmp.Close()} {
		if err == nil {
			err = e
		}
	}
	if err == nil {
		err = publish(tmp.Name(), path)
	}
	if os.IsExist(err) {
		return alreadyThere(path)
	}
	if err != nil {
		return &diag.Error{Msg: "writing " + path + ": " + cause(err)}
	}
	return nil
}

// publish gives the file its name, unless that is taken. Where there are no
// hard links, it is renamed.
func publish(tmp, path string) error {
	err := os.Link(tmp, path)
	if err == nil || os.IsExist(err) {
		return err
	}
	return os.Rename(tmp, path)
}

func alreadyThere(path string) error {
	return &diag.Error{
		Msg:  path + " is already there",
		Hint: "edit it, or remove it to start anew; goshim check says what is wrong with it",
	}
}
