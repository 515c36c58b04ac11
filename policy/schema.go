package policy

import "github.com/goshim/goshim/internal/diag"

// FileName is the name of a repository's policy file.
const FileName = "goshim.toml"

// A File is a policy file as written.
type File struct {
	Path    string // absolute
	Name    string // as shown to the user
	Data    []byte // as read, for trust
	Default String
	Select  []Select
	Common  Env
	Envs    []*Env // in the order written

	// The system's and the user's files only.
	Lock   List   // settings that files of lower authority cannot change
	Permit List   // variables and flags that run code, which a trusted repository may set
	Bypass String // whether GOSHIM=off works: allow or deny
}

// A Select is a condition that chooses an environment. All that is set must
// hold; of a list, one item.
type Select struct {
	Pos    diag.Pos
	Env    String
	Branch List
	Tag    List
	Vars   []Var
}

// An Env holds the settings of one environment: one table as written, or
// several merged.
type Env struct {
	Name String

	Inherits      String
	Modfile       Stack
	Mod           String
	Workspace     String
	Toolchain     String
	Tags          List
	Flags         []CommandFlags
	Vars          []Var
	Proxy         List
	Fallback      String
	Offline       List
	Routes        []Route
	Private       List
	NoProxy       List
	NoSumdb       List
	InternalHosts List
	Sumdb         String
	Relay         String
	ProxyTimeout  String // a duration
	ProxyRetries  String // a number
	Auth          []Entry
	Network       String
	Prewarm       String
	Allow         []RuleSet
	Deny          RuleSet
	Nested        String
	Protected     Bool
	Log           String
	Replace       String
	Prerelease    Bool
	Pseudo        Bool
	Inject        []Entry
	Verify        List

	Constraints []Entry
}

// AsksAfterAnyError reports whether the next proxy is asked after any error, and
// not only if a module is not found.
func (e *Env) AsksAfterAnyError() bool {
	return e.Fallback.Value != "" && e.Fallback.Value != "not-found"
}

// A String is a setting that is one string. Forced says that a caller who
// asks for something else is refused.
type String struct {
	Value  string
	Pos    diag.Pos
	Forced bool
}

// IsSet reports whether the file has the setting.
func (s String) IsSet() bool { return s.Pos.IsValid() }

// A Bool is a setting that is true or false.
type Bool struct {
	Value bool
	Pos   diag.Pos
}

// IsSet reports whether the file has the setting.
func (b Bool) IsSet() bool { return b.Pos.IsValid() }

// A List is a setting that is a list of strings. A list that is set may be
// empty.
type List struct {
	Items  []String
	Pos    diag.Pos
	Forced bool
}

// IsSet reports whether the file has the setting.
func (l List) IsSet() bool { return l.Pos.IsValid() }

// Strings returns the values of the items.
func (l List) Strings() []string {
	s := make([]string, len(l.Items))
	for i, item := range l.Items {
		s[i] = item.Value
	}
	return s
}

// A Stack is a setting that is one string, which an environment lays over
// those that it inherits: the lowest first.
type Stack []String

// IsSet reports whether the file has the setting.
func (s Stack) IsSet() bool { return len(s) > 0 }

// Strings returns the values, the lowest first.
func (s Stack) Strings() []string { return List{Items: s}.Strings() }

// CommandFlags are the flags that one go command gets.
type CommandFlags struct {
	Command string // "build", "mod tidy"
	Flags   List
}

// FlagsOf returns the flags that the go command with the given words gets.
func (e *Env) FlagsOf(words string) []string {
	for _, c := range e.Flags {
		if c.Command == words {
			return c.Flags.Strings()
		}
	}
	return nil
}

// A Route names the proxies of the modules whose paths match a pattern. What
// leads from one to the next is the environment's fallback.
type Route struct {
	Pattern string
	Proxies List // Pos is the pattern's place
}

// An Op is what a [Var] does.
type Op uint8

const (
	Default Op = iota // set unless the caller does
	Force             // set; another value of the caller's is an error
	Append            // add to the effective value
	Unset
)

// String returns the operation as goshim.toml names it.
func (op Op) String() string { return [...]string{"default", "force", "append", "unset"}[op] }

// A Var is an operation on an environment variable, or in a [Select] the
// value that it must have.
type Var struct {
	Name  string
	Op    Op
	Value string
	Pos   diag.Pos
}

// An Entry is a line of a table of strings, whose names the user chooses.
//
// Of inject, the name is a string variable of the program, "import/path.name",
// and the value the text that the linker gives it, in which "{git.commit}" and
// the other [Facts] are replaced. Of constraints, they are a module and which
// versions of it goshim freeze may choose, in the syntax of package constraint.
//
// Of auth, the name is a host of a proxy, which may have a port, a dot, and cert,
// key or ca: what is presented to it, and who vouches for it. The value is a file
// in PEM form, by a path from the repository's root, absolute, or below ~/.
type Entry struct {
	Name  string
	Value string
	Pos   diag.Pos
}

// A Key describes a key of an environment's table: one row of the schema.
type Key struct {
	Name  string
	Doc   string
	Enum  []string // if not nil, the legal values, or those of the items
	Int   bool     // a String that is written as an integer
	Merge Merge

	exclusive []string // values of Enum of which no two allow the same: both together are the last one

	// Whether what a repository's setting comes to below leaves in force what holds
	// above, and narrows it at most. Nil says that merging sees to that, or that the
	// variables and flags tell.
	keeps func(above, below *effect) bool

	module bool           // the setting is for the repository's own modules
	field  func(*Env) any // pointer to the field
}

// Merge says what becomes of a setting that both an environment and the one
// it is laid over have.
type Merge uint8

const (
	Replace Merge = iota // the upper one counts
	Union                // both count
	Pile                 // both count, one laid over the other
	Tighten              // Replace within a file; across files the stricter one, later in Enum, counts, and of lists both
)

// Keys is the schema of an environment's table, in the order of the
// documentation.
var Keys = []Key{
	{
		Name: "inherits", Doc: "The environment that this one adds to. Without it, [common].",
		field: func(e *Env) any { return &e.Inherits },
	},
	{
		Name: "modfile", Doc: "A modfile of the repository. Without a module line it is a layer over go.mod and over the modfiles of the environments that this one inherits; with one, it stands in go.mod's place.", Merge: Pile,
		module: true,
		field:  func(e *Env) any { return &e.Modfile },
	},
	{
		Name: "mod", Doc: `The -mod flag of the commands that load packages, where they can take it. With "auto" none, or readonly where vendor/ is out of step with go.mod.`,
		Enum:   []string{"auto", "mod", "readonly", "vendor"},
		module: true, keeps: keepsMod,
		field: func(e *Env) any { return &e.Mod },
	},
	{
		Name: "workspace", Doc: `GOWORK: "off", "auto", or a go.work file of the repository.`,
		module: true,
		field:  func(e *Env) any { return &e.Workspace },
	},
	{
		Name: "toolchain", Doc: `GOTOOLCHAIN. A plain version, such as "go1.26.8", must be there: the real go's own, in the module cache or in PATH.`,
		field: func(e *Env) any { return &e.Toolchain },
	},
	{
		Name: "tags", Doc: "Build tags, merged with those that the caller gives.", Merge: Union,
		module: true,
		field:  func(e *Env) any { return &e.Tags },
	},
	{
		Name: "flags", Doc: "Flags by go command. A flag that the caller gives counts instead; -tags, -ldflags, -gcflags and -asmflags are merged.",
		module: true,
		field:  func(e *Env) any { return &e.Flags },
	},
	{
		Name: "vars", Doc: "Environment variables: a string is a default; or { default | force | append = \"…\" }, { unset = true }.",
		field: func(e *Env) any { return &e.Vars },
	},
	{
		Name: "proxy", Doc: "GOPROXY: module proxies in the order to be asked.",
		field: func(e *Env) any { return &e.Proxy },
	},
	{
		Name: "fallback", Doc: "When the next proxy is asked: if a module is not found (404, 410), or after any error. The last three also say what happens if none answers.",
		Enum:  []string{"not-found", "any-error", "fail", "quiet", "last-good"},
		keeps: keepsFallback,
		field: func(e *Env) any { return &e.Fallback },
	},
	{
		Name: "offline_sources", Doc: `Where modules come from if no proxy answers: "vendor", "modcache", "bundle:PATH" in the layout of GOMODCACHE/cache/download.`,
		keeps: keepsOffline,
		field: func(e *Env) any { return &e.Offline },
	},
	{
		Name: "routes", Doc: "Proxies by pattern of module paths, in the place of proxy and no_proxy. The first pattern that matches counts; those of the environment stand before those that it inherits.", Merge: Union,
		keeps: keepsSame(func(e *Env) any { return &e.Routes }),
		field: func(e *Env) any { return &e.Routes },
	},
	{
		Name: "private", Doc: "GOPRIVATE, merged with the caller's own.", Merge: Union,
		keeps: keepsSame(func(e *Env) any { return &e.Private }),
		field: func(e *Env) any { return &e.Private },
	},
	{
		Name: "no_proxy", Doc: "GONOPROXY, where it differs from private. An empty list: every module comes from the proxies.", Merge: Union,
		keeps: keepsSame(func(e *Env) any { return &e.NoProxy }),
		field: func(e *Env) any { return &e.NoProxy },
	},
	{
		Name: "no_sumdb", Doc: "GONOSUMDB, where it differs from private. An empty list: every module is looked up.", Merge: Union,
		keeps: keepsSame(func(e *Env) any { return &e.NoSumdb }),
		field: func(e *Env) any { return &e.NoSumdb },
	},
	{
		Name: "internal_hosts", Doc: "Hosts of your own, with all below them: no name of a module there may be told to the public proxy or checksum database.", Merge: Union,
		field: func(e *Env) any { return &e.InternalHosts },
	},
	{
		Name: "sumdb", Doc: "GOSUMDB: the checksum database.",
		field: func(e *Env) any { return &e.Sumdb },
	},
	{
		Name: "relay", Doc: "When the go command asks the proxies through goshim's relay on this machine, which has deadlines, retries and client certificates: when a setting needs it, whenever it downloads, or never.",
		Enum:  []string{"auto", "always", "off"},
		keeps: keepsRelay,
		field: func(e *Env) any { return &e.Relay },
	},
	{
		Name: "proxy_timeout", Doc: `How long goshim waits for a proxy to answer, or to go on with an answer: "10s", between 100ms and 10m.`,
		keeps: keepsPatience(func(e *Env) any { return &e.ProxyTimeout }),
		field: func(e *Env) any { return &e.ProxyTimeout },
	},
	{
		Name: "proxy_retries", Doc: "How often goshim asks a proxy again that fails for a while.", Int: true,
		keeps: keepsPatience(func(e *Env) any { return &e.ProxyRetries }),
		field: func(e *Env) any { return &e.ProxyRetries },
	},
	{
		Name: "auth", Doc: "Client certificates and certificate authorities by host of a proxy: { cert, key, ca }, files in PEM form.",
		keeps: keepsSame(func(e *Env) any { return &e.Auth }),
		field: func(e *Env) any { return &e.Auth },
	},
	{
		Name: "network", Doc: "What a go command and what it runs may reach: everything, the module proxies only, or nothing; with deny!, nothing runs where the system cannot promise that.",
		Enum:  []string{"allow", "proxy-only", "deny", "deny!"},
		Merge: Tighten,
		field: func(e *Env) any { return &e.Network },
	},
	{
		Name: "prewarm", Doc: "Whether commands that build first get the modules that go.sum names into the module cache: and wait for it (foreground), or while they run (background).",
		Enum:  []string{"off", "background", "foreground"},
		keeps: keepsPrewarm,
		field: func(e *Env) any { return &e.Prewarm },
	},
	{
		Name: "allow", Doc: "The commands that may run; without it, all.",
		field: func(e *Env) any { return &e.Allow },
	},
	{
		Name: "deny", Doc: "Commands that may not run, each with its reason.", Merge: Union,
		field: func(e *Env) any { return &e.Deny },
	},
	{
		Name: "nested", Doc: "Which go the children of generate, run, test and tool find: the real one, or the shim, so that rules and flags hold there too.",
		Enum: []string{"direct", "capture"}, Merge: Tighten,
		field: func(e *Env) any { return &e.Nested },
	},
	{
		Name: "log", Doc: "What goshim writes to standard error beside refusals: every departure (debug), one line if something needs trust and a terminal shows it (warn), or nothing (error).",
		Enum:  []string{"debug", "warn", "error"},
		keeps: keepsLog,
		field: func(e *Env) any { return &e.Log },
	},
	{
		Name: "protected", Doc: "Whether settings that are not trusted stop the command. True for an environment named prod.",
		Enum: []string{"false", "true"}, Merge: Tighten,
		field: func(e *Env) any { return &e.Protected },
	},
	{
		Name: "replace", Doc: "Which replace lines the go.mod in force may have: any, to another module version only, to a local directory only, or none.",
		Enum: []string{"any", "version", "directory", "none"}, Merge: Tighten, exclusive: []string{"version", "directory"},
		field: func(e *Env) any { return &e.Replace },
	},
	{
		Name: "prerelease", Doc: "Whether the go.mod in force may require prerelease versions.",
		Enum: []string{"true", "false"}, Merge: Tighten,
		field: func(e *Env) any { return &e.Prerelease },
	},
	{
		Name: "pseudo", Doc: "Whether the go.mod in force may require pseudo-versions, which are commits without a tag.",
		Enum: []string{"true", "false"}, Merge: Tighten,
		field: func(e *Env) any { return &e.Pseudo },
	},
	{
		Name: "verify", Doc: "What is checked before a command that builds, which a fault stops: that vendor/ is what vendor.sum and go.sum say, the modules in the module cache what go.sum says, go.sum complete, and that git has every change.",
		Enum: []string{"vendor", "modcache", "gosum", "git-clean"}, Merge: Tighten,
		field: func(e *Env) any { return &e.Verify },
	},
	{
		Name: "inject", Doc: "String variables of the program, set by the linker (-X), merged with the caller's -ldflags.",
		module: true, keeps: keepsEntries(func(e *Env) any { return &e.Inject }),
		field: func(e *Env) any { return &e.Inject },
	},
	{
		Name: "constraints", Doc: "Versions of modules that goshim freeze may choose: ^1.2, ~1.2.3, >=1.2.0 <1.5.0, 1.2.3 or latest.",
		module: true, keeps: keepsEntries(func(e *Env) any { return &e.Constraints }),
		field: func(e *Env) any { return &e.Constraints },
	},
}

// Facts are the placeholders that the value of an inject line may use.
var Facts = []string{"git.commit", "git.short", "git.describe", "git.tag", "git.time"}
