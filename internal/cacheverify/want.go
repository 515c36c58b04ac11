package cacheverify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/textfile"
)

// A want is a module version that is verified, and what it must be.
type want struct {
	module.Version
	zipSums []string        // one of these; none if nobody knows
	modSums []string        // likewise, of the .mod file
	onlyMod bool            // nothing but its .mod file is used
	files   []sumstore.File // what the zip holds, if that is known
}

// toolchains are not looked at: the go command verifies one whenever it switches
// to it (cmd/go/internal/toolchain).
const toolchains = "golang.org/toolchain"

// add adds a want, if the caller has not left it out.
func (v *verification) add(w *want) {
	left := len(v.opts.Only) > 0 && !slices.Contains(v.opts.Only, w.Version)
	if w.Path == toolchains || left || slices.Contains(v.opts.Skip, w.Version) {
		return
	}
	if _, err := modstore.Unpacked(w.Version); err != nil {
		return // no module version, of a line of go.sum that the go command does not read either
	}
	v.wants = append(v.wants, w)
}

// wantBuilt wants what a build list has, and the .mod files that go.sum knows.
// Where .mod files are missing, so that the build list is not known, it wants
// everything that go.sum knows.
func (v *verification) wantBuilt(in *modinput.Inputs) {
	graph := in.Load(func(m module.Version) ([]byte, error) { return os.ReadFile(v.dir.File(m, modstore.Mod)) })
	built := make(map[module.Version]bool)
	for _, m := range in.Built(graph.Selected) {
		built[m] = true
	}
	v.lacking = len(graph.Lacking)
	all := in.Sums.Versions()
	for _, m := range all {
		if len(graph.Lacking) > 0 && len(in.Sums.Zip(m)) > 0 {
			built[m] = true
		}
	}
	for m := range built {
		v.add(&want{Version: m, zipSums: in.Sums.Zip(m), modSums: in.Sums.GoMod(m)})
	}
	for _, m := range all {
		if !built[m] && len(in.Sums.GoMod(m)) > 0 {
			v.add(&want{Version: m, modSums: in.Sums.GoMod(m), onlyMod: true})
		}
	}
}

// wantListed wants what a listing has.
func (v *verification) wantListed(l Listing) {
	for m, files := range l {
		v.add(files.want(m))
	}
}

// wantAll wants what the cache has, by the go.sum files of all known projects.
// What own has sums of, which may be nil, must be so, whatever others say.
func (v *verification) wantAll(own modinput.Sums) error {
	found, err := v.find()
	if err != nil {
		return err
	}
	sums := v.knownSums()
	for m, w := range found {
		w.zipSums = sums[m]
		w.modSums = sums[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
		differ := w.zipSums
		if own := own.Zip(m); len(own) > 0 {
			w.zipSums = own
		}
		if own := own.GoMod(m); len(own) > 0 {
			w.modSums = own
		}
		v.add(w)
		if len(differ) > 1 {
			v.report(finding.Finding{
				Rule: "modcache-sums-differ", Severity: finding.Low, Module: m.String(),
				Message: "the go.sum files of known projects have different sums of it: " + strings.Join(differ, ", "),
				Hint:    "goshim sum diagnose, in each project",
			})
		}
	}
	return nil
}

// knownSums returns the lines of the go.sum files of all known projects.
func (v *verification) knownSums() map[module.Version][]string {
	sums := make(map[module.Version][]string)
	for _, files := range v.store.Projects() {
		for _, file := range files {
			data, err := textfile.Read(file, textfile.Max)
			if err != nil {
				continue
			}
			v.result.Inputs = append(v.result.Inputs, file)
			for m, hash := range gosum.Lines(data) {
				if strings.HasPrefix(hash, "h1:") && !slices.Contains(sums[m], hash) {
					sums[m] = append(sums[m], hash)
				}
			}
		}
	}
	return sums
}

// find returns the module versions that the cache has something of.
func (v *verification) find() (map[module.Version]*want, error) {
	found := make(map[module.Version]*want)
	add := func(path, version string, onlyMod bool) {
		p, err := module.UnescapePath(filepath.ToSlash(path))
		if err != nil {
			return
		}
		ver, err := module.UnescapeVersion(version)
		if err != nil {
			return
		}
		m := module.Version{Path: p, Version: ver}
		w := found[m]
		if w == nil {
			w = &want{Version: m, onlyMod: true}
			found[m] = w
		}
		w.onlyMod = w.onlyMod && onlyMod
	}
	err := walkDirs(string(v.dir), func(rel string, entries []fs.DirEntry) bool {
		if filepath.Base(rel) != "@v" {
			return rel != "sumdb"
		}
		for _, entry := range entries {
			name := entry.Name()
			ext := filepath.Ext(name)
			switch version := strings.TrimSuffix(name, ext); ext {
			case "." + modstore.Zip, "." + modstore.ZipHash:
				add(filepath.Dir(rel), version, false)
			case "." + modstore.Mod:
				add(filepath.Dir(rel), version, true)
			}
		}
		return false
	})
	if err == nil {
		err = walkDirs(v.cache, func(rel string, _ []fs.DirEntry) bool {
			if path, version, ok := strings.Cut(rel, "@"); ok {
				add(path, version, false)
				return false
			}
			return rel != "cache"
		})
	}
	if err != nil {
		return nil, &diag.Error{Msg: "reading the module cache: " + err.Error()}
	}
	return found, nil
}

// walkDirs calls do for each directory below root, by its path from there, and
// goes down where do says so. That there is no root is no fault.
func walkDirs(root string, do func(rel string, entries []fs.DirEntry) bool) error {
	var walk func(rel string) error
	walk = func(rel string) error {
		entries, err := os.ReadDir(filepath.Join(root, rel))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		if err != nil || rel != "" && !do(rel, entries) {
			return err
		}
		for _, entry := range entries {
			if !entry.IsDir() && !strings.Contains(entry.Name(), "@") { // a symbolic link may stand for a module
				continue
			}
			if err := walk(filepath.Join(rel, entry.Name())); err != nil {
				return err
			}
		}
		return nil
	}
	return walk("")
}

// sumPaths returns the paths of the files with sums.
func sumPaths(in *modinput.Inputs) []string {
	var paths []string
	for _, f := range in.SumFiles {
		paths = append(paths, f.Path)
	}
	return paths
}
