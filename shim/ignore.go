package shim

import (
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// expandPatterns writes ./... patterns as import paths. For patterns that name
// directories the go command takes the ignore lines of go.mod itself, also
// where an overlay has others (cmd/go/internal/search.parseIgnorePatterns);
// for import paths it takes those of the overlay.
func (p *planner) expandPatterns(source diag.Pos) {
	switch p.typed.Words {
	case "build", "clean", "fix", "fmt", "generate", "install", "list", "test", "vet":
	default:
		return
	}
	for i, arg := range p.typed.Args {
		pattern, ok := p.importPattern(arg)
		if !ok {
			continue
		}
		p.cmd = p.cmd.ReplaceArg(i, pattern)
		p.because(source, arg+" is "+pattern+", because the ignore lines differ from those of go.mod")
	}
}

// importPattern returns the pattern of import paths for one of directories.
func (p *planner) importPattern(arg string) (string, bool) {
	slashed := filepath.ToSlash(arg)
	if !strings.HasPrefix(slashed, "./") && !strings.HasPrefix(slashed, "../") || !strings.Contains(slashed, "...") {
		return "", false
	}
	slash := strings.LastIndex(slashed[:strings.Index(slashed, "...")], "/")
	fixed, wild := slashed[:slash], slashed[slash:]
	rel, err := filepath.Rel(p.use.Root, filepath.Join(p.dir, filepath.FromSlash(fixed)))
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if rel == "." {
		return p.pair.Module + wild, true
	}
	return p.pair.Module + "/" + filepath.ToSlash(rel) + wild, true
}
