package install

import (
	"os"
	"path/filepath"
)

// sample is the module that proves an installation. Its policy has settings
// of class A only, so that it needs no trust, and the program shows what
// reached it.
var sample = map[string]string{
	"go.mod": "module goshim.example/sample\n\ngo 1.21\n",
	"main.go": `package main

import (
	"fmt"
	"os"
)

var tag, edition = "none", "none"

func main() {
	fmt.Printf("tag=%s GOTRACEBACK=%s edition=%s\n", tag, os.Getenv("GOTRACEBACK"), edition)
}
`,
	"dev.go":  "//go:build dev\n\npackage main\n\nfunc init() { tag = \"dev\" }\n",
	"prod.go": "//go:build prod\n\npackage main\n\nfunc init() { tag = \"prod\" }\n",
	"goshim.toml": `version = 1
default = "dev"

[env.dev]
tags   = ["dev"]
vars   = { GOTRACEBACK = "all" }
inject = { "main.edition" = "workshop" }

[env.prod]
mod    = "readonly"
tags   = ["prod"]
vars   = { GOTRACEBACK = "single" }
inject = { "main.edition" = "release" }
deny   = [{ command = "mod tidy", reason = "dependencies change in dev" }]
`,
}

// trials are what the proof runs in the sample.
var trials = []trial{
	{env: "dev", args: []string{"run", "."}, want: "tag=dev GOTRACEBACK=all edition=workshop"},
	{env: "prod", args: []string{"run", "."}, want: "tag=prod GOTRACEBACK=single edition=release"},
	{env: "prod", args: []string{"mod", "tidy"}, refused: true},
}

// A trial is a go command in an environment of the sample, and what must come
// of it.
type trial struct {
	env     string
	args    []string
	want    string // what the program prints
	refused bool   // goshim does not let it run
}

// writeSample writes the sample into dir.
func writeSample(dir string) error {
	for name, content := range sample {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
