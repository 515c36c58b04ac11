package modstore

import (
	"encoding/json"
	"net/url"
	"os"

	"golang.org/x/mod/module"
)

// An Origin says which commit a module version was made of, as the proxy or the
// go command noted it (cmd/go/internal/modfetch/codehost.Origin). Nobody vouches
// for it; the sum says what the module holds.
type Origin struct {
	VCS  string
	URL  string
	Hash string
	Ref  string `json:",omitempty"`
}

// Origin returns the origin that is noted of a module version, without the
// user's name in its URL, or nil.
func (d Dir) Origin(m module.Version) *Origin {
	data, err := os.ReadFile(d.File(m, Info))
	if err != nil {
		return nil
	}
	var info struct{ Origin *Origin }
	if json.Unmarshal(data, &info) != nil || info.Origin == nil || info.Origin.Hash == "" {
		return nil
	}
	if u, err := url.Parse(info.Origin.URL); err == nil {
		u.User = nil
		info.Origin.URL = u.String()
	}
	return info.Origin
}
