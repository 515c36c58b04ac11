// Package cacheverify compares what lies in the module cache with what go.sum
// says: zips, extracted directories, .ziphash and .mod files. It changes nothing
// there and asks nobody.
//
// The go command does less: a build reads an extracted directory without looking
// at its sum, and go mod verify compares with the .ziphash files, which lie beside
// what they vouch for (cmd/go/internal/modcmd/verify.go).
package cacheverify

import (
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
)

// Options say what is verified, and how.
type Options struct {
	All    bool // every module in the cache, by the go.sum files of all known projects
	Full   bool // read everything, whatever the records say
	Sample int  // percent of the modules that are read again although nothing about them has changed

	// Only, if it is not empty, are the module versions that are verified.
	Only []module.Version

	// OnProgress may be nil. It is called by any goroutine, and soon returns.
	OnProgress func(done, of int) // modules
}

// A Part is one of the things that the cache has of a module version.
type Part string

const (
	Zip     Part = "zip"     // cache/download/…/@v/V.zip
	ZipHash Part = "ziphash" // the hash that the go command has noted of it
	Dir     Part = "dir"     // the directory that it is unpacked to
	Mod     Part = "mod"     // its go.mod, as cache/download/…/@v/V.mod
	Info    Part = "info"    // its time and origin, which no sum covers
)

// A Bad module version has parts that must be had anew.
type Bad struct {
	Module module.Version
	Parts  []Part // without doubles, in the order of the constants
}

// A Result is what a verification has found.
type Result struct {
	Report *finding.Report // its Root is GOMODCACHE
	Bad    []Bad           // by module

	// What the result depends on: as long as these are as they were, it holds.
	Files []string // absolute paths, whether the files are there or not
	Trees []string // absolute paths of directories, with all that is in them
}
