//go:build unix

package testscript

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshim/goshim/policy"
)

// BenchmarkGo times whole processes: `go env GOOS`, `go list` and `go vet`
// through the floor, which only execs, and through the shim, with stamps that
// say that all modules are there and keep the rules. To compare:
//
//	go test ./testscript -run - -bench Go -count 10 | tee out
//	benchstat -col /via out
func BenchmarkGo(b *testing.B) {
	dir := b.TempDir()
	floor := filepath.Join(dir, "floor")
	build(b, floor, "./testdata/floor", ".")
	shim := filepath.Join(dir, "shim", "go")
	build(b, shim, "./cmd/go", "..")
	build(b, filepath.Join(dir, "shim", "goshim"), "./cmd/goshim", "..") // merges layers
	layered := strings.Replace(fullPolicy, "[env.dev]\n", "[env.dev]\nmodfile = \"go.dev.mod\"\n", 1)
	old := time.Now().Add(-time.Hour)
	for _, args := range [][]string{{"env", "GOOS"}, {"list"}, {"vet"}} {
		for _, bb := range []struct{ name, exe, policy, trust string }{
			{"via=floor", floor, "", ""},
			{"via=shim-no-config", shim, "", ""},
			{"via=shim-trusted", shim, fullPolicy, policyHash(b, dir, fullPolicy)},
			{"via=shim-untrusted", shim, fullPolicy, ""},
			{"via=shim-layer", shim, layered, policyHash(b, dir, layered)},
		} {
			work := b.TempDir()
			for name, text := range map[string]string{
				"go.mod":        "module m\n\ngo 1.26\n",
				"go.dev.mod":    "replace example.com/dep => ./dep\n\nrequire example.com/dep v1.0.0\n",
				"dep/go.mod":    "module example.com/dep\n",
				"m.go":          "package m\n",
				policy.FileName: bb.policy,
			} {
				if text == "" {
					continue
				}
				path := filepath.Join(work, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					b.Fatal(err)
				}
				if err := os.Chtimes(path, old, old); err != nil {
					b.Fatal(err)
				}
			}
			env := append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME=", "XDG_CACHE_HOME=", "XDG_STATE_HOME=", "GOSHIM_CEILING="+work, "GOFLAGS=",
				"GOSHIM_TRUST="+bb.trust, "GOCACHE="+goEnv(b, "GOCACHE"), "GOSHIM_REAL_GO="+filepath.Join(goEnv(b, "GOROOT"), "bin", "go"))
			run := func(b *testing.B) {
				cmd := exec.Command(bb.exe, args...)
				cmd.Dir, cmd.Env = work, env
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
			}
			if bb.policy != "" { // stamps are made when the files are old enough
				time.Sleep(3200 * time.Millisecond)
				run(b)
			}
			b.Run("cmd="+args[0]+"/"+bb.name, func(b *testing.B) {
				for b.Loop() {
					run(b)
				}
			})
		}
	}
}

// build builds a package as `goshim setup` does.
func build(b *testing.B, exe, pkg, dir string) {
	b.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", exe, pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

// policyHash returns the hash that GOSHIM_TRUST expects: the shim itself
// names it when it is given another one.
func policyHash(b *testing.B, dir, text string) string {
	b.Helper()
	work := b.TempDir()
	if err := os.WriteFile(filepath.Join(work, policy.FileName), []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "shim", "go"), "list")
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "GOSHIM_TRUST=?")
	out, _ := cmd.CombinedOutput()
	_, rest, ok := strings.Cut(string(out), "the hash is ")
	hash, _, _ := strings.Cut(rest, ",")
	if !ok {
		b.Fatalf("no hash in %s", out)
	}
	return hash
}

// fullPolicy uses every key that `go env` can feel.
const fullPolicy = `version = 1
default = "dev"

[[select]]
env = "prod"
branch = ["main", "release/*"]
[[select]]
env = "staging"
var = { CI = "staging" }

[common]
private   = ["corp.example.com/*", "git.example.com/*"]
toolchain = "local"
deny      = [{ command = "get", reason = "see the handbook" }]

[env.dev]
mod  = "readonly"
tags = ["devtools", "debug"]
proxy = ["https://goproxy.example.com", "https://mirror.example.com", "direct"]
fallback = "any-error"
prewarm = "foreground"
sumdb = "sum.golang.org"
replace = "any"
prerelease = false
[env.dev.flags]
build = ["-race"]
test  = ["-race", "-count=1"]
[env.dev.vars]
GOFLAGS     = { append = "-buildvcs=false" }
CGO_ENABLED = "1"
GOINSECURE  = { unset = true }
GOGC        = "200"

[env.staging]
inherits = "dev"
network  = "proxy-only"

[env.prod]
mod     = "vendor"
network = "deny"
replace = "none"
prerelease = false
deny = ["mod tidy", "install *@latest"]
[env.prod.vars]
GOSUMDB = { force = "sum.golang.org" }
[env.prod.inject]
"main.version" = "{git.describe}"
`
