package modroute

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		list string
		want []Source
		err  string
	}{
		{list: "https://a.example.com", want: []Source{{URL: "https://a.example.com"}}},
		{list: "https://a.example.com/,http://b.example.com/x|direct,https://never.example.com", want: []Source{
			{URL: "https://a.example.com"}, {URL: "http://b.example.com/x", AnyError: true}, {URL: Direct},
		}},
		{list: " , goproxy.example.com | off", want: []Source{{URL: "https://goproxy.example.com", AnyError: true}, {URL: Off}}},
		{list: "file:///srv/mod", want: []Source{{URL: "file:///srv/mod"}}},
		{list: "file://host/srv", err: "GOPROXY: a file URL has a path and nothing else"},
		{list: "ftp://a.example.com", err: "GOPROXY: the scheme must be https, http or file"},
		{list: "bogus", err: "GOPROXY: the scheme must be https, http or file"},
		{list: "/srv/mod", err: "GOPROXY: the scheme must be https, http or file"},
		{list: ", |", err: "GOPROXY has no entries"},
	} {
		got, err := Parse(tt.list)
		if text := errText(err); text != tt.err {
			t.Errorf("Parse(%q): error %q, want %q", tt.list, text, tt.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Parse(%q): -want +got\n%s", tt.list, diff)
		}
	}
}

func TestOf(t *testing.T) {
	vars := map[string]string{
		"GOPROXY":   "https://public.example.com,direct",
		"GOPRIVATE": "*.corp.example.com,corp.example.com/*",
		"GONOSUMDB": "none",
		"GOSUMDB":   "sum.example.com",
	}
	c, err := FromEnviron(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	inside := []Source{{URL: "https://goproxy.corp.example.com"}}
	c.Routes = []Route{{Pattern: "corp.example.com/team", Sources: inside}}
	for path, want := range map[string]Decision{
		"github.com/a/b":            {Sources: c.Proxies, Sumdb: "sum.example.com", Why: Why{Rule: "GOPROXY"}},
		"corp.example.com/team/x":   {Sources: inside, Private: true, Sumdb: "sum.example.com", Why: Why{Rule: "routes", Pattern: "corp.example.com/team"}},
		"corp.example.com/other":    {Sources: []Source{{URL: Direct}}, Private: true, Sumdb: "sum.example.com", Why: Why{Rule: "GONOPROXY", Pattern: "corp.example.com/*"}},
		"git.corp.example.com/x":    {Sources: []Source{{URL: Direct}}, Private: true, Sumdb: "sum.example.com", Why: Why{Rule: "GONOPROXY", Pattern: "*.corp.example.com"}},
		"corp.example.com":          {Sources: c.Proxies, Sumdb: "sum.example.com", Why: Why{Rule: "GOPROXY"}},
		"corp.example.com/teamwork": {Sources: []Source{{URL: Direct}}, Private: true, Sumdb: "sum.example.com", Why: Why{Rule: "GONOPROXY", Pattern: "corp.example.com/*"}},
	} {
		if diff := cmp.Diff(want, c.Of(path)); diff != "" {
			t.Errorf("Of(%q): -want +got\n%s", path, diff)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
