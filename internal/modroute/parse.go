package modroute

import (
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// Parse returns the sources of a GOPROXY list, up to the first after which no
// other is asked. Its errors are those of the go command.
func Parse(list string) ([]Source, error) {
	var sources []Source
	for rest := list; rest != ""; {
		item, anyError := rest, false
		if i := strings.IndexAny(rest, ",|"); i >= 0 {
			item, anyError = rest[:i], rest[i] == '|'
			rest = rest[i+1:]
		} else {
			rest = ""
		}
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if item == Direct || item == Off {
			return append(sources, Source{URL: item}), nil
		}
		if strings.ContainsAny(item, ".:/") && !strings.Contains(item, ":/") && !strings.HasPrefix(item, "/") && !path.IsAbs(item) {
			item = "https://" + item
		}
		if err := checkURL(item); err != nil {
			return nil, err
		}
		sources = append(sources, Source{URL: strings.TrimSuffix(item, "/"), AnyError: anyError})
	}
	if len(sources) == 0 {
		return nil, &diag.Error{Msg: "GOPROXY has no entries", Hint: `set it to a list of URLs, "direct" or "off"`}
	}
	return sources, nil
}

// checkURL applies the rules of modfetch.newProxyRepo.
func checkURL(item string) error {
	base, err := url.Parse(item)
	if err != nil {
		return &diag.Error{Msg: "GOPROXY: malformed URL", Hint: "write https://…, file://…, direct or off"}
	}
	switch base.Scheme {
	case "http", "https":
		return nil
	case "file":
		if *base == (url.URL{Scheme: base.Scheme, Path: base.Path, RawPath: base.RawPath}) {
			return nil
		}
		return &diag.Error{Msg: "GOPROXY: a file URL has a path and nothing else", Hint: "write file:///path"}
	}
	return &diag.Error{Msg: "GOPROXY: the scheme must be https, http or file", Hint: "write https://…, file://…, direct or off"}
}

// FileDir returns the directory, or the file, that the path of a file URL names, as
// cmd/internal/web/url.go does for URLs without a host.
func FileDir(urlPath string) string {
	if runtime.GOOS == "windows" {
		urlPath = strings.TrimPrefix(urlPath, "/") // of /C:/…
	}
	return filepath.FromSlash(urlPath)
}

// FromEnviron returns the chain of an environment, without routes. The function
// effective returns the value of a variable of the go command, from the process
// environment or the files below it, of which the toolchain's go.env names the
// default proxies.
func FromEnviron(effective func(name string) string) (*Chain, error) {
	or := func(name, otherwise string) string {
		if v := effective(name); v != "" {
			return v
		}
		return otherwise
	}
	proxies, err := Parse(effective("GOPROXY"))
	if err != nil {
		return nil, err
	}
	private := effective("GOPRIVATE")
	return &Chain{
		Proxies:  proxies,
		Private:  private,
		NoProxy:  or("GONOPROXY", private),
		NoSumdb:  or("GONOSUMDB", private),
		Insecure: effective("GOINSECURE"),
		Sumdb:    or("GOSUMDB", "sum.golang.org"), // cmd/go/internal/cfg.GOSUMDB
	}, nil
}
