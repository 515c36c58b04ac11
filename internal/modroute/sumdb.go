package modroute

import "strings"

// A SumdbMode is how what is downloaded is checked against a checksum database.
type SumdbMode string

// The modes. Of one environment, the modules that a pattern of GONOSUMDB matches
// have Unlisted, and the others one of the rest.
const (
	PublicSumdb SumdbMode = "public"
	OwnSumdb    SumdbMode = "own"
	Unlisted    SumdbMode = "no_sumdb"
	NoSumdb     SumdbMode = "off"
)

// Mode returns the mode of a value of GOSUMDB.
func Mode(gosumdb string) SumdbMode {
	name, _, _ := strings.Cut(gosumdb, " ")
	switch {
	case gosumdb == "off":
		return NoSumdb
	case name == "sum.golang.org" || name == "sum.golang.google.cn" || strings.HasPrefix(name, "sum.golang.org+"):
		return PublicSumdb
	}
	return OwnSumdb
}

// A Risk is something that can be wrong with what is downloaded, and what
// becomes of it by mode.
type Risk struct {
	What     string `json:"what"`
	Public   string `json:"public"`
	Own      string `json:"own"`
	Unlisted string `json:"no_sumdb"`
	Off      string `json:"off"`
}

// Risks is what the modes protect from (cmd/go/internal/modfetch.checkModSum and
// useSumDB). go.sum is compared in all of them: off only means that a module is
// believed when it is seen for the first time.
var Risks = []Risk{
	{"a module is not what go.sum says", "refused", "refused", "refused", "refused"},
	{"a proxy or the network changes a module that go.sum does not have", "refused", "refused", "taken", "taken"},
	{"a published version is changed, and go.sum does not have it", "refused", "refused if it was recorded before", "taken", "taken"},
	{"the database shows you other records than before", "refused", "refused", "-", "-"},
	{"the author publishes bad code", "taken", "taken", "taken", "taken"},
	{"vendor/ is changed", "taken", "taken", "taken", "taken"},
	{"strangers learn a module's name from the check", "yes", "no", "no", "no"},
	{"a toolchain is downloaded", "checked", "checked", "checked all the same", "refused"},
}
