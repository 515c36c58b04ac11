package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

func newTrustCmd(a *App) *cobra.Command {
	var show, asJSON bool
	cmd := &cobra.Command{
		Use:   "trust [FILE]",
		Short: "Trust a repository's goshim.toml",
		Long: `Trust records that you have read the repository's goshim.toml and trust exactly
this content: of the file, and of the files in the repository that it names.
Until then, only settings that narrow what happens on your machine apply.

With --show it prints what trust would mean, and records nothing. In CI, where
nobody can be asked, set GOSHIM_TRUST to the hash.`,
		Example: `  goshim trust --show
  goshim trust`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON && !show {
				return usageError(cmd, "--json needs --show")
			}
			v, err := a.trustView(args)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(v.report())
			case show:
				a.printTrust(v)
				return nil
			}
			return a.trust(v)
		},
	}
	cmd.Flags().BoolVar(&show, "show", false, "print what the file asks for, and record nothing")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func newUntrustCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:     "untrust [FILE]",
		Short:   "Take back the trust in a goshim.toml",
		Long:    "Untrust forgets that goshim.toml is trusted: what needs trust no longer applies.",
		Example: "  goshim untrust",
		Args:    atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			source, err := a.source(args)
			if err != nil {
				return err
			}
			if err := policy.Untrust(source.Path, a.getenv); err != nil {
				return err
			}
			a.printf("%s is not trusted\n", source.Name)
			return nil
		},
	}
}

// A trustView is all that is to be known before a file is trusted.
type trustView struct {
	source   policy.Source
	hash     string
	trusted  bool     // with this hash
	files    []string // that the hash covers too
	requests []policy.Request
	always   []tableSettings
}

// tableSettings are settings of one table of a file.
type tableSettings struct {
	env      string
	settings []policy.Setting
}

// trustView reads the policy file that args name, or the repository's here. A
// file with faults is reported and cannot be trusted.
func (a *App) trustView(args []string) (*trustView, error) {
	source, err := a.source(args)
	if err != nil {
		return nil, err
	}
	if source.Level != policy.Repository {
		return nil, &diag.Error{Pos: diag.Pos{File: source.Name}, Msg: "only a repository's policy file needs trust"}
	}
	f, errs := source.Read()
	if len(errs) > 0 {
		return nil, a.reportAll(errs)
	}
	upper, err := a.upperFiles()
	if err != nil {
		return nil, err
	}
	v := &trustView{source: source}
	if v.hash, v.files, err = f.Fingerprint(); err != nil {
		return nil, &diag.Error{Pos: diag.Pos{File: source.Name}, Msg: "hashing the files that it names: " + err.Error()}
	}
	v.trusted = policy.TrustedHash(source.Path, a.getenv) == v.hash
	env := a.policyEnv()
	var always map[string][]policy.Setting
	v.requests, always = f.Requests(upper, env)
	for _, e := range f.Tables() {
		if settings := always[e.Name.Value]; len(settings) > 0 {
			v.always = append(v.always, tableSettings{e.Name.Value, settings})
		}
	}
	return v, nil
}

// upperFiles returns the user's and the system's policy files.
func (a *App) upperFiles() ([]*policy.File, error) {
	var files []*policy.File
	for _, source := range policy.Sources(a.Dir, a.getenv) {
		if source.Level == policy.Repository {
			continue
		}
		f, errs := source.Read()
		if len(errs) > 0 {
			return nil, a.reportAll(errs)
		}
		files = append(files, f)
	}
	return files, nil
}

// trust records the trust in what v shows.
func (a *App) trust(v *trustView) error {
	if err := policy.SetTrusted(v.source.Path, v.hash, a.getenv); err != nil {
		return err
	}
	a.printf("%s is trusted: %s\n", v.source.Name, v.hash)
	if n := len(v.requests) - len(v.notPermitted()); n > 0 {
		a.printf("in force now: %s that waited for it\n", count(n, "setting"))
	}
	a.printPermit(v)
	return nil
}

// notPermitted returns the requests for which trust is not enough.
func (v *trustView) notPermitted() []policy.Request {
	return slices.DeleteFunc(slices.Clone(v.requests), func(r policy.Request) bool { return r.Permitted })
}

// A trustReport is a trustView, as JSON.
type trustReport struct {
	File     string         `json:"file"`
	Hash     string         `json:"hash"`
	Trusted  bool           `json:"trusted"` // by goshim trust, with this hash
	Files    []string       `json:"files"`   // that the hash covers too
	Requests []trustRequest `json:"requests"`
	Always   []trustSetting `json:"always"` // what applies without trust
}

// A trustRequest is a setting that needs trust, as JSON.
type trustRequest struct {
	trustSetting
	Class     string `json:"class"`            // B or C
	Permit    string `json:"permit,omitempty"` // of class C: the name that permit must hold
	Permitted bool   `json:"permitted"`        // whether trust is all that it needs
}

type trustSetting struct {
	Environment string `json:"environment"` // or common
	setting
}

func (v *trustView) report() trustReport {
	r := trustReport{
		File: v.source.Path, Hash: v.hash, Trusted: v.trusted, Files: append([]string{}, v.files...),
		Requests: []trustRequest{}, Always: []trustSetting{},
	}
	for _, q := range v.requests {
		request := trustRequest{trustSetting{q.Env, settingOf(requested(q))}, q.Class.String(), "", q.Permitted}
		if q.Class == policy.RunsCode {
			request.Permit = q.Name
		}
		r.Requests = append(r.Requests, request)
	}
	for _, t := range v.always {
		for _, s := range t.settings {
			r.Always = append(r.Always, trustSetting{t.env, settingOf(masked(s))})
		}
	}
	return r
}

// requested returns a request as a setting.
func requested(q policy.Request) policy.Setting {
	return masked(policy.Setting{Name: q.Setting, Op: q.Op, Value: q.Value, Pos: q.Pos})
}
