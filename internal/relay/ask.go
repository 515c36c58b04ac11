package relay

import (
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
)

// An ask is a request for a file, and the entry of GOPROXY by which the go command
// sends it: see [modroute.Stage].
type ask struct {
	entry int // or whole
	file  string
}

// whole is the entry of a GOPROXY that has one for all stages.
const whole = -1

// ask returns what a path below the secret asks for, if that is a file: FILE, or
// ENTRY/FILE. No module's path begins with a number alone.
func (s *Server) ask(path string) (a ask, ok bool) {
	a = ask{whole, path}
	first, rest, _ := strings.Cut(path, "/")
	if i, err := strconv.Atoi(first); err == nil {
		if n, _ := s.cfg.Chain.Stages(); i < 0 || i >= n {
			return a, false
		}
		a = ask{i, rest}
	}
	return a, isFile(a.file)
}

// askOf returns what a request asks for, if that is a file.
func (s *Server) askOf(r *http.Request) (a ask, ok bool) {
	path, ok := s.below(r)
	if !ok || !isGet(r) {
		return ask{}, false
	}
	return s.ask(path)
}

// path returns the path below the secret.
func (a ask) path() string {
	if a.entry == whole {
		return a.file
	}
	return strconv.Itoa(a.entry) + "/" + a.file
}

// stage returns the part of the sources that the request is for, or nil if it is
// for all.
func (s *Server) stage(a ask) *modroute.Stage {
	path, ok := moduleOf(a.file)
	if a.entry == whole || !ok {
		return nil
	}
	stage := s.cfg.Chain.Stage(s.cfg.Chain.Of(path), a.entry)
	return &stage
}

// isLast reports whether the go command asks the origin next, if it may.
func (s *Server) isLast(a ask) bool {
	n, _ := s.cfg.Chain.Stages()
	return a.entry == whole || a.entry == n-1
}

// moduleOf returns the path of the module that a file is of. Files of a checksum
// database are of none.
func moduleOf(file string) (path string, ok bool) {
	escaped, _, ok := strings.Cut(file, "/@")
	path, err := module.UnescapePath(escaped)
	return path, ok && err == nil && !strings.HasPrefix(file, "sumdb/")
}

// isFile reports whether a path is one of the module proxy protocol, which
// "go help goproxy" describes, or of a checksum database's.
func isFile(file string) bool {
	if rest, ok := strings.CutPrefix(file, "sumdb/"); ok {
		return !strings.Contains("/"+rest+"/", "/../") && strings.Contains(rest, "/")
	}
	_, rest, _ := strings.Cut(file, "/@")
	if _, ok := moduleOf(file); !ok {
		return false
	}
	if rest == "latest" || rest == "v/list" {
		return true
	}
	version, ok := strings.CutPrefix(rest, "v/")
	for _, ext := range []string{".info", ".mod", ".zip"} {
		if base, found := strings.CutSuffix(version, ext); ok && found {
			_, err := module.UnescapeVersion(base)
			return err == nil
		}
	}
	return false
}

// hidden returns the pattern of private modules whose common path a request for a
// file would tell the proxies of others, or "": [modroute.Chain.ParentOfPrivate].
func (s *Server) hidden(file string) string {
	path, ok := moduleOf(file)
	if !ok {
		return ""
	}
	return s.cfg.Chain.ParentOfPrivate(path)
}

// lookedUp returns the module that a request to a checksum database names.
func lookedUp(file string) (path string, ok bool) {
	rest, ok := strings.CutPrefix(file, "sumdb/")
	_, name, found := strings.Cut(rest, "/lookup/")
	if !ok || !found {
		return "", false
	}
	escaped, _, _ := strings.Cut(name, "@")
	path, err := module.UnescapePath(escaped)
	return path, err == nil
}
