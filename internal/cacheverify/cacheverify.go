// Package cacheverify compares what lies in the module cache with what go.sum
// says: zips, extracted directories, .ziphash and .mod files. It changes nothing
// there and asks nobody.
//
// The go command does less: a build reads an extracted directory without looking
// at its sum, and go mod verify compares with the .ziphash files, which lie beside
// what they vouch for (cmd/go/internal/modcmd/verify.go).
//
// What was read and found in order is recorded ([sumstore]), so that the next
// time the same files cost stat calls only.
package cacheverify

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/shim"
)

// Check is the name of the check in reports and in policies.
const Check = "modcache"

// Options say what is verified, and how.
type Options struct {
	All    bool // every module in the cache, by the go.sum files of all known projects, the target's first
	Full   bool // read everything, whatever the records say
	Sample int  // percent of the modules that are read again although nothing about them has changed

	// Only, if it is not empty, are the module versions that are verified, and Skip
	// those that are not.
	Only, Skip []module.Version

	// Against, if it is not nil, stands in the place of all go.sum files.
	Against Listing

	// Export asks for the listing of what was verified.
	Export bool

	// These may be nil. They are called by any goroutine, and soon return.
	OnProgress func(done, of int) // modules
	OnNote     func(string)       // something about the records that is no fault of the cache
}

// A Part is one of the things that the cache has of a module version.
type Part string

const (
	Zip     Part = "zip"     // cache/download/…/@v/V.zip
	ZipHash Part = "ziphash" // the hash that the go command has noted of it
	Dir     Part = "dir"     // the directory that it is unpacked to
	Mod     Part = "mod"     // its go.mod, as cache/download/…/@v/V.mod
	Info    Part = "info"    // its time and origin, which no sum covers
	List    Part = "list"    // the versions that have a .mod file, for those who read the cache as a proxy
)

// parts has all of them in their order.
var parts = []Part{Zip, ZipHash, Dir, Mod, Info, List}

// A Bad module version has parts that must be had anew.
type Bad struct {
	Module module.Version
	Parts  []Part // without doubles, in the order of the constants
	Zip    string // the hash of a zip that is not the right one, or why it has none

	// What it must be: one of these, of the zip and of the .mod file; none if no
	// go.sum says that.
	ZipSums, ModSums []string
}

// A Result is what a verification has found.
type Result struct {
	Report *finding.Report  // its Root is GOMODCACHE
	Bad    []Bad            // by module
	Read   []module.Version // whose files were read, as the records did not know them

	// Inputs are what the result depends on, as [filestate.Of] wants it: as long
	// as these are as they were, it holds.
	Inputs []string

	Listing Listing // if it was asked for
}

// Verify verifies the modules that a target is built from: those of the build
// list, in a workspace that of all its modules, and the .mod files that the list
// follows from. What is not in the cache is counted, and no finding.
//
// It reads the modfiles in force and the module cache, and keeps records in
// goshim's state directory, among them that the project is known.
func Verify(ctx context.Context, target *shim.Target, opts Options) (*Result, error) {
	in, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	v, err := open(shim.ModuleCache(target.Vars), target.Vars.Get, opts)
	if err != nil {
		return nil, err
	}
	defer v.store.Close()
	v.store.AddProject(modpair.Real(target.Use.Root), sumPaths(in))
	v.result.Inputs = append(v.result.Inputs, in.Paths...)
	switch {
	case opts.Against != nil:
		v.wantListed(opts.Against)
	case opts.All:
		err = v.wantAll(in.Sums)
	default:
		v.wantBuilt(in)
	}
	if err != nil {
		return nil, err
	}
	return v.run(ctx)
}

// VerifyCache verifies a module cache without a target: all of it, or what
// opts.Against lists.
func VerifyCache(ctx context.Context, gomodcache string, getenv userdir.Getenv, opts Options) (*Result, error) {
	v, err := open(gomodcache, getenv, opts)
	if err != nil {
		return nil, err
	}
	defer v.store.Close()
	if opts.Against != nil {
		v.wantListed(opts.Against)
	} else if err := v.wantAll(nil); err != nil {
		return nil, err
	}
	return v.run(ctx)
}

// open returns a verification that wants nothing yet.
func open(gomodcache string, getenv userdir.Getenv, opts Options) (*verification, error) {
	if !filepath.IsAbs(gomodcache) {
		return nil, &diag.Error{Msg: "GOMODCACHE is not an absolute path", Hint: "go env GOMODCACHE prints it"}
	}
	if info, err := os.Stat(gomodcache); err == nil && !info.IsDir() {
		return nil, &diag.Error{Msg: "GOMODCACHE is not a directory: " + gomodcache}
	}
	gomodcache = filepath.Clean(gomodcache)
	opts.Full = opts.Full || !stamp.BelievesOlder(getenv)
	note := opts.OnNote
	if note == nil {
		note = func(string) {}
	}
	return newVerification(gomodcache, modstore.OfCache(gomodcache), sumstore.Open(userdir.State(getenv), note), opts), nil
}
