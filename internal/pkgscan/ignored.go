package pkgscan

import (
	"bytes"
	"go/build/constraint"
)

// IsIgnored reports whether no build can have a Go file of that content, whatever
// its platform and tags: its constraint wants the tag "ignore" or is malformed. All
// other tags may be set or not. These files are what go mod vendor leaves out
// (cmd/go/internal/imports.ShouldBuild with AnyTags).
func IsIgnored(data []byte) bool {
	header, goBuild, ok := fileHeader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if !ok {
		return true
	}
	if goBuild != "" {
		x, err := constraint.Parse(goBuild)
		return err != nil || !canHold(x, true)
	}
	for line := range bytes.Lines(header) {
		text := string(bytes.TrimSpace(line))
		if !constraint.IsPlusBuild(text) {
			continue
		}
		if x, err := constraint.Parse(text); err == nil && !canHold(x, true) {
			return true
		}
	}
	return false
}

// canHold is the value of an expression when all tags have the value prefer, but
// each use of a tag may choose: only "ignore" is never set.
func canHold(x constraint.Expr, prefer bool) bool {
	switch x := x.(type) {
	case *constraint.TagExpr:
		return x.Tag != "ignore" && prefer
	case *constraint.NotExpr:
		return !canHold(x.X, !prefer)
	case *constraint.AndExpr:
		return canHold(x.X, prefer) && canHold(x.Y, prefer)
	case *constraint.OrExpr:
		return canHold(x.X, prefer) || canHold(x.Y, prefer)
	}
	return false
}

// fileHeader returns the leading comments of a Go file as far as +build lines may
// stand in them, and its //go:build line. It is not ok if there are two of them.
func fileHeader(data []byte) (header []byte, goBuild string, ok bool) {
	var (
		end       int
		isEnded   bool // by something else than blank lines and // comments
		isComment bool // in /* */
		rest      = data
	)
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		rest, line = after, bytes.TrimSpace(line)
		if len(line) == 0 && !isEnded {
			end = len(data) - len(rest)
			continue
		}
		isEnded = isEnded || !bytes.HasPrefix(line, []byte("//"))
		if !isComment && constraint.IsGoBuild(string(line)) {
			if goBuild != "" {
				return nil, "", false
			}
			goBuild = string(line)
		}
		if isComment, ok = skipComments(line, isComment); !ok {
			break
		}
	}
	return data[:end], goBuild, true
}

// skipComments reads the comments of a line, and reports whether one goes on in
// the next line; it is not ok if there is something else in the line.
func skipComments(line []byte, isComment bool) (goesOn, ok bool) {
	for len(line) > 0 {
		switch {
		case isComment:
			_, after, found := bytes.Cut(line, []byte("*/"))
			if !found {
				return true, true
			}
			isComment, line = false, bytes.TrimSpace(after)
		case bytes.HasPrefix(line, []byte("//")):
			return false, true
		case bytes.HasPrefix(line, []byte("/*")):
			isComment, line = true, line[2:]
		default:
			return false, false
		}
	}
	return isComment, true
}
