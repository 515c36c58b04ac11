package modroute

import (
	"net/url"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/goshim/goshim/internal/diag"
)

// A Sumdb is a checksum database.
type Sumdb struct {
	Name string
	Key  string // its verifier key
	URL  string // without a slash at the end; "": that of its name, or the proxies
}

// knownKeys are the keys of databases that GOSUMDB may name alone
// (cmd/go/internal/modfetch/key.go).
var knownKeys = map[string]string{
	"sum.golang.org": "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
}

// ParseSumdb returns the database of a value of GOSUMDB, as
// cmd/go/internal/modfetch.dbDial does. The error is that it names none.
func ParseSumdb(gosumdb string) (Sumdb, error) {
	if gosumdb == "sum.golang.google.cn" {
		gosumdb = "sum.golang.org https://sum.golang.google.cn"
	}
	words := strings.Fields(gosumdb)
	if len(words) == 0 || len(words) > 2 || gosumdb == "off" {
		return Sumdb{}, &diag.Error{Msg: "GOSUMDB names no checksum database"}
	}
	db := Sumdb{Key: words[0]}
	if known := knownKeys[db.Key]; known != "" {
		db.Key = known
	}
	verifier, err := note.NewVerifier(db.Key)
	if err != nil {
		return Sumdb{}, &diag.Error{Msg: "GOSUMDB: " + err.Error()}
	}
	db.Name = verifier.Name()
	own, err := url.Parse("https://" + db.Name)
	if err != nil || own.Host == "" || own.String() != "https://"+db.Name || strings.HasSuffix(db.Name, "/") {
		return Sumdb{}, &diag.Error{Msg: "GOSUMDB: malformed name of a database: " + db.Name}
	}
	if len(words) == 2 {
		db.URL = strings.TrimSuffix(words[1], "/")
	}
	return db, nil
}

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
