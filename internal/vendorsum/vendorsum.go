// Package vendorsum reads and writes vendor.sum, the file beside vendor/ that
// says what vendor/ holds. Modules.txt names modules and packages and has no
// hash; go.sum has the hashes of whole modules, of which vendor/ has only parts.
//
// The file is made to be reviewed and merged as go.sum is: sorted by module path
// and version, a block of lines for each module, and what changes in one module
// changes only its block.
//
//	modules.txt h1:…
//	example.com/dep v1.2.0 => example.com/fork v1.2.1
//	example.com/dep v1.2.0 list h1:…
//	example.com/dep v1.2.0 zip h1:…
//	example.com/dep v1.2.0 git https://git.example.com/fork 5ab3… refs/tags/v1.2.1
//	example.com/dep v1.2.0 vendor h1:…
//		dep.go q0Fk3vWc1xY
//		sub/sub.go Zp3tTxr8m2k
//
// The first line is of what modules.txt holds beside the blocks of modules. Then,
// each only where there is something to say: what the module is replaced by, the
// hash of its lines in modules.txt, the hash of the zip as go.sum has it, the
// commit that the zip was made of, the hash of the vendored files, and a short
// fingerprint of each, which only serves to name the one that differs.
package vendorsum

import (
	"cmp"
	"slices"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modstore"
)

// Name is the name of the file, in the directory that vendor/ lies in.
const Name = "vendor.sum"

// A Sum is the content of a vendor.sum.
type Sum struct {
	Rest    string // hash of what modules.txt holds beside the blocks of modules
	Modules []Module
}

// A Module is what is vendored of one module version. Hashes are of the algorithm
// h1, and "" where there is nothing to hash.
type Module struct {
	module.Version
	Replace module.Version   // what stands in its place: a module version or, without a version, a directory
	List    string           // hash of the module's lines in modules.txt
	Zip     string           // hash of the zip that the files came from, as in go.sum
	Origin  *modstore.Origin // the commit that the zip was made of; nil if it is not known
	Tree    string           // hash of the vendored files
	Files   []File           // sorted by name
}

// A File is a vendored file.
type File struct {
	Name  string // with slashes, from the module's directory in vendor/
	Print string // fingerprint: see [Print]
}

// Source returns the module version that the files come from, without a version
// if that is a directory.
func (m *Module) Source() module.Version {
	if m.Replace.Path != "" {
		return m.Replace
	}
	return m.Version
}

// Module returns the module, or nil if the file does not have it.
func (s *Sum) Module(m module.Version) *Module {
	for i := range s.Modules {
		if s.Modules[i].Version == m {
			return &s.Modules[i]
		}
	}
	return nil
}

// sort brings modules and files into the order of the file.
func (s *Sum) sort() {
	slices.SortStableFunc(s.Modules, func(a, b Module) int {
		return cmp.Or(
			cmp.Compare(a.Path, b.Path),
			semver.Compare(a.Version.Version, b.Version.Version),
			cmp.Compare(a.Version.Version, b.Version.Version),
		)
	})
	for _, m := range s.Modules {
		slices.SortFunc(m.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	}
}
