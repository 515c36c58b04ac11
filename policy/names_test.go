package policy

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnchor wants relative paths in what runs code to start from the repository,
// and those to be refused that cannot be made to.
func TestAnchor(t *testing.T) {
	root := t.TempDir()
	in := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	tests := []struct{ setting, want string }{ // want of a refusal: the path
		{`flags.build = ["-toolexec=./te.sh -v"]`, "-toolexec=" + in("te.sh") + " -v"},
		{`flags.build = ["-toolexec=bin/te"]`, "-toolexec=" + in("bin/te")},
		{`flags.build = ["--toolexec='./my te.sh'"]`, "-toolexec='" + in("my te.sh") + "'"},
		{`flags.build = ["-toolexec=te"]`, "-toolexec=te"},
		{`flags.build = ["-toolexec=sh ../x.sh"]`, "-toolexec=sh " + in("../x.sh")},
		{`flags.test = ["-exec=./x"]`, "-exec=" + in("x")},
		{`flags.vet = ["-vettool=bin/vet"]`, "-vettool=" + in("bin/vet")},
		{`flags.build = ["-overlay=o.json"]`, "-overlay=" + in("o.json")},
		{`flags.build = ["-ldflags=-extld=./cc"]`, "refused ./cc"},
		{`flags.build = ["-ldflags=-extld bin/cc"]`, "refused bin/cc"},
		{`flags.build = ["-ldflags=all=-X a/b.c=d/e -extld=/bin/cc"]`, "-ldflags=all=-X a/b.c=d/e -extld=/bin/cc"},
		{`vars.CC = "tools/cc -O2"`, in("tools/cc") + " -O2"},
		{`vars.CC = "gcc"`, "gcc"},
		{`vars.PATH = { append = "bin" }`, in("bin")},
		{`vars.LD_PRELOAD = "lib/x.so"`, in("lib/x.so")},
		{`vars.CGO_CFLAGS = "-O2 -I/usr/include -DX=a/b"`, "-O2 -I/usr/include -DX=a/b"},
		{`vars.CGO_LDFLAGS = "-Llib/x"`, "refused lib/x"},
		{`vars.CGO_CFLAGS = "-Btools"`, "refused tools"},
		{`vars.CGO_CFLAGS = "-O1 -B tools"`, "refused tools"},
		{`vars.CGO_CXXFLAGS = "-fplugin=x.so"`, "refused x.so"},
		{`vars.CGO_CFLAGS = "-B/opt/bin -Iinclude"`, "-B/opt/bin -Iinclude"},
		{`vars.GIT_CONFIG_GLOBAL = "tools/absent"`, in("tools/absent")},
		{`vars.GIT_SSH_COMMAND = "tools/absent -v"`, in("tools/absent") + " -v"},
		{`vars.CGO_LDFLAGS = "-Wl,-rpath,lib/x"`, "refused lib/x"},
		{`vars.GOFLAGS = "-v '-toolexec=./my te'"`, "-v '-toolexec=" + in("my") + " te'"},
		{`vars.MY_PLATFORM = "linux/amd64"`, "linux/amd64"},
		{`vars.MY_CONFIG = "./conf"`, in("conf")},
	}
	if filepath.Separator != '/' {
		t.Skip("needs paths with slashes")
	}
	for _, tt := range tests {
		env := parse(t, Repository, "[common]\n"+tt.setting+"\n").Resolve("")
		a := anchor{root: root}
		a.settings(&env)
		var got string
		for _, v := range env.Vars {
			got = v.Value
		}
		for _, c := range env.Flags {
			got = strings.Join(c.Flags.Strings(), " ")
		}
		if a.err != nil {
			_, rest, _ := strings.Cut(a.err.Error(), "the path \"")
			path, _, _ := strings.Cut(rest, "\"")
			got = "refused " + path
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.setting, got, tt.want)
		}
	}
}

// TestReferences wants every name that a value may mean to be among the names that
// trust covers.
func TestReferences(t *testing.T) {
	for _, tt := range []struct{ setting, name string }{
		{`auth."h".ca = "corp ca.pem"`, "corp ca.pem"},
		{`flags.build = ["-toolexec='./my tool.sh' -v"]`, "my tool.sh"},
		{`flags.build = ["-toolexec=sh ./a,b.sh"]`, "a,b.sh"},
		{`flags.build = ["-ldflags=-extldflags='-Wl,@r=s:p,x'"]`, "r=s:p"},
		{`flags.build = ["-overlay=a@b=c.json"]`, "a@b=c.json"},
		{`vars.GOFLAGS = "'-toolexec=./[x]|(y) z'"`, "[x]|(y)"},
		{`vars.CGO_CFLAGS = "-Iinc/a -include x.h -I./b"`, "b"},
		{`vars.CGO_CFLAGS = "-Iinc/a -include x.h"`, "inc/a"},
		{`vars.CGO_CFLAGS = "-Iinc/a -include x.h"`, "x.h"},
		{`vars.LD_PRELOAD = "my lib.so:b.so"`, "my lib.so"},
		{`workspace = "a b.work"`, "a b.work"},
	} {
		names, err := parse(t, Repository, "[common]\n"+tt.setting+"\n").references("/root")
		if err != nil || !slices.Contains(names, tt.name) {
			t.Errorf("%s: got %q, %v, want %q among them", tt.setting, names, err, tt.name)
		}
	}
	many := parse(t, Repository, "[common]\nvars.CC = \""+strings.Repeat("a=", 40)+"\"\n")
	if _, err := many.references("/root"); err == nil {
		t.Error("a word that may name thousands of files is trusted")
	}
}
