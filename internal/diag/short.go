package diag

import "path/filepath"

// Short returns the path as seen from the directory dir, if that is shorter.
func Short(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
