package goroot

import (
	"os"
	"path/filepath"
	"slices"
)

// links returns what the directory should have besides the directory bin.
func (d Dir) links() ([]link, error) {
	links := []link{{marker, d.Real}, {goFile, d.Shim}}
	for _, dir := range dirs {
		entries, err := names(filepath.Join(d.Real, dir))
		if err != nil {
			return nil, err
		}
		for _, name := range entries {
			name = filepath.Join(dir, name)
			if name != "bin" && name != marker && name != goFile {
				links = append(links, link{name, filepath.Join(d.Real, name)})
			}
		}
	}
	return links, nil
}

// extra returns the names of the entries that are not among the links.
func (d Dir) extra(links []link) []string {
	var extra []string
	for _, dir := range dirs {
		entries, _ := names(d.path(dir))
		for _, name := range entries {
			name = filepath.Join(dir, name)
			if name != "bin" && !slices.ContainsFunc(links, func(l link) bool { return l.name == name }) {
				extra = append(extra, name)
			}
		}
	}
	return extra
}

// names returns the names of the entries of a directory.
func names(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
