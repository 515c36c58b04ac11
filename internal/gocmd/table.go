package gocmd

// The flags of each command, as registered in cmd/go of Go 1.26; name= needs a
// value. TestDrift compares them, in both directions, with the go command that
// runs the tests.
//
// The constants bear the names of the functions in cmd/go that register them.

const (
	chdirFlag  = "C="                           // base.AddChdirFlag
	modFlag    = "mod="                         // base.AddModFlag
	modFlags   = "modcacherw modfile= overlay=" // base.AddModCommonFlags
	nxFlags    = "n x"                          // base.AddBuildFlagsNX
	coverFlags = "cover covermode= coverpkg="   // work.AddCoverFlags

	// work.AddBuildFlags, without -v, -json and -mod, which its mask may omit.
	buildFlags = chdirFlag + " " + modFlags + " " + nxFlags +
		" a asan asmflags= buildmode= buildvcs compiler= gccgoflags= gcflags= installsuffix=" +
		" ldflags= linkshared msan p= pgo= pkgdir= race tags= toolexec= trimpath work" +
		" debug-actiongraph= debug-runtime-trace= debug-trace="

	// sharedFlags is everything that AddBuildFlags can register. Commands
	// accept these together, whether or not they have a use for each.
	sharedFlags = buildFlags + " " + modFlag + " v json"

	buildCommand = sharedFlags + " " + coverFlags
	modCommand   = chdirFlag + " " + modFlags
)

// What vet and fix add: vetflag.go and package unitchecker, whose own flags
// are all that "go tool vet -flags" and "go tool fix -flags" have in common.
const (
	vetFlags         = buildFlags + " " + modFlag + " v c= diff json"
	unitcheckerFlags = "V all buildtag buildtags flags hostport source waitgroup"
)

// Applied flags: the cells of the flag matrix that were seen to have an effect.
const (
	fmtApplied      = "C n x modcacherw modfile overlay"
	generateApplied = fmtApplied + " tags v"
	cleanApplied    = fmtApplied + " tags"
	getApplied      = "C x v modcacherw modfile overlay tags"
	workApplied     = "C v modcacherw overlay"
)

// specs is sorted by Words. Package main of cmd/go handles "help" itself;
// all others are in its base.Go.Commands.
var specs = [...]Spec{
	{Words: "bug", flags: chdirFlag + " v"},
	{Words: "build", flags: buildCommand + " o="},
	{
		Words:   "clean",
		flags:   buildFlags + " " + modFlag + " v cache fuzzcache i modcache r testcache",
		applied: cleanApplied,
	},
	{Words: "doc", late: chdirFlag + " all c cmd http short src u"}, // doc.go, func do
	{Words: "env", flags: chdirFlag + " " + nxFlags + " changed json u w"},
	{
		Words: "fix",
		flags: vetFlags + " fix= fixtool=",
		late: unitcheckerFlags +
			" any fmtappendf forvar inline inline.allow_binding_decl inline.lazy_edits mapsloop minmax newexpr" +
			" omitzero plusbuild rangeint reflecttypefor slicescontains slicessort stditerators" +
			" stringsbuilder stringscut stringscutprefix stringsseq testingcontext",
	},
	{
		Words:   "fmt",
		flags:   chdirFlag + " " + modFlag + " " + modFlags + " " + nxFlags,
		applied: fmtApplied,
	},
	{
		Words:   "generate",
		flags:   buildFlags + " " + modFlag + " v run= skip=",
		applied: generateApplied,
	},
	{
		Words:   "get",
		flags:   buildFlags + " v json d f fix insecure m t tool u",
		applied: getApplied,
	},
	{Words: "help"},
	{Words: "install", flags: buildCommand},
	{
		Words: "list",
		flags: buildCommand + " compiled deps e export f= find m retracted reuse= test u versions",
	},
	{Words: "mod download", flags: modCommand + " json reuse= x"},
	{
		Words: "mod edit",
		flags: modCommand + " " + nxFlags + " fmt go= json module= print toolchain=" +
			" exclude= godebug= ignore= replace= require= retract= tool=" +
			" dropexclude= dropgodebug= dropignore= dropreplace= droprequire= dropretract= droptool=",
	},
	{Words: "mod graph", flags: modCommand + " go= x"},
	{Words: "mod init", flags: modCommand},
	{Words: "mod tidy", flags: modCommand + " compat= diff e go= v x"},
	{Words: "mod vendor", flags: modCommand + " e o= v"},
	{Words: "mod verify", flags: modCommand},
	{Words: "mod why", flags: modCommand + " m vendor"},
	{Words: "run", flags: buildCommand + " exec="},
	{Words: "telemetry", flags: chdirFlag},
	{
		Words: "test",
		flags: buildFlags + " " + modFlag + " cover covermode= coverpkg= c exec= json o= vet=",
		passed: "artifacts bench= benchmem benchtime= blockprofile= blockprofilerate= count= coverprofile=" +
			" cpu= cpuprofile= failfast fullpath fuzz= fuzzminimizetime= fuzztime= list= memprofile=" +
			" memprofilerate= mutexprofile= mutexprofilefraction= outputdir= parallel= run= short" +
			" shuffle= skip= timeout= trace= v", // test/flagdefs.go
	},
	{Words: "tool", flags: modCommand + " n"},
	{Words: "version", flags: chdirFlag + " json m v"},
	{
		Words: "vet",
		flags: vetFlags + " fix vettool=",
		late: unitcheckerFlags +
			" appends asmdecl assign atomic bool bools cgocall composites composites.whitelist" +
			" compositewhitelist copylocks defers directive errorsas framepointer httpresponse ifaceassert" +
			" loopclosure lostcancel methods nilfunc printf printf.funcs= printfuncs= rangeloops shift" +
			" sigchanyzer slog stdmethods stdversion stringintconv structtag testinggoroutine" +
			" testinggoroutine.subtest tests timeformat unmarshal unreachable unsafeptr unusedfuncs=" +
			" unusedresult unusedresult.funcs= unusedresult.stringmethods= unusedstringmethods=",
	},
	{Words: "work edit", flags: chdirFlag +
		" fmt go= json print toolchain= godebug= replace= use= dropgodebug= dropreplace= dropuse="},
	{Words: "work init", flags: modCommand, applied: workApplied},
	{Words: "work sync", flags: modCommand, applied: workApplied},
	{Words: "work use", flags: modCommand + " r", applied: workApplied},
	{Words: "work vendor", flags: modCommand + " e o= v", applied: workApplied},
}
