// Package constraint reads constraints on the versions of a module:
//
//	^1.2  ^1.2.3   from there on, the same major version
//	^0.3  ^0.3.1   from there on, the same minor version, as v0 promises nothing
//	~1.2.3  ~1.2   from there on, the same minor version
//	>=1.2.0 <1.5.0 all that spaces or commas join must hold; also <=, > and =
//	1.2.3          this version
//	latest         what the go command takes for latest, when it is asked
//
// A leading v is allowed. A version that leaves out its minor or patch number
// stands for all that begin like it: <=1.2 allows v1.2.9, >1.2 does not.
//
// As in npm and cargo, a prerelease is allowed only if the constraint names one
// of the same release: ^1.2.0-rc.1 allows v1.2.0-rc.2 and v1.3.0, not
// v1.3.0-rc.1. Likewise only a constraint that says +incompatible allows such
// versions.
package constraint

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
)

// The shim links what checks a constraint, so this package stays small.

// A Constraint says which versions of a module are allowed.
type Constraint struct {
	text         string
	bounds       []bound // all of which must hold; none for latest
	incompatible bool
}

// A bound is an operator and its version.
type bound struct {
	operator string // ^ ~ < <= > >= =
	version  string // as semver has it, with all three numbers
	numbers  int    // how many of them were given
}

// Parse parses a constraint. The error is a [*diag.Error] without a place.
func Parse(text string) (*Constraint, error) {
	c := &Constraint{text: strings.TrimSpace(text)}
	if c.text == "latest" {
		return c, nil
	}
	operator := "" // that stands by itself, before its version
	for _, word := range strings.FieldsFunc(c.text, isSeparator) {
		word, operator = operator+word, ""
		if strings.Trim(word, "<>=^~") == "" {
			operator = word
			continue
		}
		if hint := c.add(word); hint != "" {
			return nil, malformed(word, hint)
		}
	}
	if operator != "" || len(c.bounds) == 0 {
		return nil, malformed(c.text, usage)
	}
	return c, nil
}

func isSeparator(r rune) bool { return r == ' ' || r == '\t' || r == ',' }

const usage = `write "^1.2", "~1.2.3", ">=1.2.0 <1.5.0", "1.2.3" or "latest"`

func malformed(text, hint string) error {
	return &diag.Error{Msg: "malformed version constraint " + strconv.Quote(text), Hint: hint}
}

// add adds a bound, or returns what to write instead.
func (c *Constraint) add(term string) (hint string) {
	text := strings.TrimLeft(term, "<>=^~")
	version, incompatible := strings.CutSuffix(strings.TrimPrefix(text, "v"), "+incompatible")
	version = "v" + version
	b := bound{term[:len(term)-len(text)], semver.Canonical(version), 3}
	if b.version == "" || semver.Build(version) != "" {
		return usage
	}
	switch len(b.version) - len(version) {
	case len(".0"):
		b.numbers = 2
	case len(".0.0"):
		b.numbers = 1
	}
	switch b.operator {
	case "":
		b.operator = "="
		fallthrough
	case "=":
		if b.numbers < 3 {
			return `write "~` + text + `" for all versions that begin so`
		}
	case "^", "~", "<", "<=", ">", ">=":
	default:
		return usage
	}
	c.bounds = append(c.bounds, b)
	c.incompatible = c.incompatible || incompatible
	return ""
}

// release returns a version without its prerelease and build.
func release(version string) string {
	return strings.TrimSuffix(semver.Canonical(version), semver.Prerelease(version))
}

// String returns the constraint as it was written.
func (c *Constraint) String() string { return c.text }

// IsLatest reports whether the constraint asks for the latest version. It then
// allows every version: which one is the latest is not known here.
func (c *Constraint) IsLatest() bool { return len(c.bounds) == 0 }

// Exact returns the version, "v1.2.3", if the constraint is nothing else.
func (c *Constraint) Exact() (version string, ok bool) {
	if len(c.bounds) != 1 || c.bounds[0].operator != "=" {
		return "", false
	}
	version = c.bounds[0].version
	if c.incompatible {
		version += "+incompatible"
	}
	return version, true
}

// Allows reports whether the constraint allows a version, "v1.2.3".
func (c *Constraint) Allows(version string) bool {
	switch {
	case c.IsLatest():
		return true
	case !semver.IsValid(version),
		semver.Build(version) == "+incompatible" && !c.incompatible,
		semver.Prerelease(version) != "" && !slices.ContainsFunc(c.bounds, func(b bound) bool { return b.isPrereleaseOf(release(version)) }):
		return false
	}
	return !slices.ContainsFunc(c.bounds, func(b bound) bool { return !b.allows(version) })
}

func (b bound) allows(version string) bool {
	d := semver.Compare(version, b.version)
	switch {
	case b.operator == "^" || b.operator == "~":
		return d >= 0 && semver.Compare(version, b.next()) < 0
	case b.operator == ">" && b.numbers < 3:
		return semver.Compare(version, b.next()) >= 0
	case b.operator == "<=" && b.numbers < 3:
		return semver.Compare(version, b.next()) < 0
	}
	return d < 0 && b.operator[0] == '<' || d > 0 && b.operator[0] == '>' || d == 0 && strings.HasSuffix(b.operator, "=")
}

// next returns the first release that does not begin like the bound's version,
// or, of a caret, that may be incompatible with it.
func (b bound) next() string {
	major, rest, _ := strings.Cut(b.version[1:], ".")
	minor, _, _ := strings.Cut(rest, ".")
	if b.numbers == 1 || b.operator == "^" && major != "0" {
		return "v" + increment(major) + ".0.0"
	}
	return "v" + major + "." + increment(minor) + ".0"
}

// increment adds one to a decimal number, however long.
func increment(number string) string {
	digits := strings.TrimRight(number, "9")
	zeros := strings.Repeat("0", len(number)-len(digits))
	if digits == "" {
		return "1" + zeros
	}
	last := len(digits) - 1
	return digits[:last] + string(digits[last]+1) + zeros
}

// isPrereleaseOf reports whether the bound names a prerelease of a release.
func (b bound) isPrereleaseOf(r string) bool {
	return semver.Prerelease(b.version) != "" && release(b.version) == r
}

// CheckPath returns an error if the constraint allows no version that a module
// of this path can have: from v2 on, paths end in the major version. The error
// is a [*diag.Error] without a place.
func (c *Constraint) CheckPath(path string) error {
	own := ""
	if i := strings.LastIndexByte(path, 'v'); i > 0 && semver.IsValid(path[i:]) && (path[i-1] == '/' || strings.HasPrefix(path, "gopkg.in/")) {
		own = path[i:]
	}
	for _, b := range c.bounds {
		if !b.has(own) && (own != "" || !c.incompatible) {
			return &diag.Error{
				Msg:  path + " has no version that " + strconv.Quote(c.text) + " allows",
				Hint: "from v2 on a path ends in the major version, such as example.com/dep/v2; a version without that needs +incompatible",
			}
		}
	}
	return nil
}

// has reports whether the bound leaves versions of the major version own, or,
// if that is "", of v0 and v1.
func (b bound) has(own string) bool {
	plain := own == ""
	if plain {
		own = "v1"
	}
	d := semver.Compare(semver.Major(b.version), own)
	switch b.operator[0] {
	case '<':
		return plain || d > 0 || d == 0 && (b.operator == "<=" || b.version != own+".0.0")
	case '>':
		return d <= 0
	}
	return d == 0 || plain && d < 0
}
