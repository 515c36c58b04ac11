package warm

import (
	"encoding/json"
	"errors"
	"io"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/shim"
)

// Check reports which modules of a list have no zip in the target's module
// cache, and how many the list has. The list is what go list -m -json or go mod
// download -json prints; main modules and directories have no zips.
func Check(target *shim.Target, list io.Reader) (missing []module.Version, of int, err error) {
	cache, err := OpenCache(target.Vars)
	if err != nil {
		return nil, 0, err
	}
	for dec := json.NewDecoder(list); ; {
		var m listed
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return missing, of, nil
		} else if err != nil {
			return nil, 0, &diag.Error{Msg: "reading the list of modules: " + err.Error(), Hint: "go list -m -json all prints one"}
		}
		v := m.version()
		if v.Version == "" {
			continue
		}
		of++
		if !cache.Has(v, "zip") || !cache.Has(v, "ziphash") {
			missing = append(missing, v)
		}
	}
}

// A listed is a module as the go command prints it.
type listed struct {
	Path, Version string
	Main          bool
	Replace       *listed
}

// version returns what is downloaded for the module.
func (m *listed) version() module.Version {
	if m.Replace != nil {
		m = m.Replace
	}
	return module.Version{Path: m.Path, Version: m.Version}
}
