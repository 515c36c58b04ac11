package injected

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"

	"github.com/goshim/goshim/internal/exefile"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/textfile"
)

// Refuses checks that a program with a scaffold in the directory of its package
// refuses to start without the values of the policy. It reports whether there is
// a scaffold, and returns what is wrong with it, or nil.
//
// Nothing is run: a program that is run to see whether it stops has run the
// initialization of all its other packages by then. It refuses if the scaffold is
// byte for byte what [NewScaffold] writes, so that its check is what the compiler
// got, and if the program has the scaffold's table, so that it was compiled in.
func Refuses(dir, program string) (f *finding.Finding, has bool, err error) {
	path := filepath.Join(dir, ScaffoldFile)
	data, err := textfile.Read(path, maxScaffold)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	variables, ok := readScaffold(data)
	if !ok {
		return &finding.Finding{
			Rule: "inject-scaffold", Severity: finding.Medium, File: path,
			Message: "is not what goshim inject scaffold writes, so nothing proves that the program refuses to start without the values of the policy",
			Hint:    "remove it, and run goshim inject scaffold",
		}, true, nil
	}
	exe, err := exefile.Open(program)
	if err != nil {
		return nil, true, err
	}
	defer exe.Close()
	marks := findMarks(exe)
	for _, name := range variables {
		if marks[name] == 0 {
			return &finding.Finding{
				Rule: "inject-starts", Severity: finding.High, File: path,
				Message: "is not compiled into the program, which starts without the values of the policy",
				Hint:    "goshim inject scaffold lists the build tag that the environment lacks",
			}, true, nil
		}
	}
	return nil, true, nil
}

var (
	scaffoldTag  = regexp.MustCompile(`(?m)^//go:build ([A-Za-z0-9_.]+)$`)
	scaffoldLine = regexp.MustCompile(`(?m)^\t\{"` + Mark + `(main\.[\pL_][\pL_\p{Nd}]*)", &`)
)

// readScaffold returns the variables that a scaffold checks, and whether the file
// is exactly the one that [NewScaffold] writes for them.
func readScaffold(data []byte) (variables []string, ok bool) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) // git may have checked it out so
	tag := scaffoldTag.FindSubmatch(data)
	if tag == nil {
		return nil, false
	}
	for _, m := range scaffoldLine.FindAllSubmatch(data, -1) {
		variables = append(variables, string(m[1]))
	}
	want, err := scaffoldSource(string(tag[1]), variables)
	return variables, err == nil && len(variables) > 0 && bytes.Equal(data, want)
}
