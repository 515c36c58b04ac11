package modroute

// An Outcome is what an answer of a proxy leads to.
type Outcome string

const (
	Used      Outcome = "used"         // the answer is taken
	Next      Outcome = "next"         // the next source is asked
	Stops     Outcome = "stops"        // the command fails; no other source is asked
	Hangs     Outcome = "hangs"        // there is no limit to how long the go command waits
	AgainNext Outcome = "again, next"  // the proxy is asked again a few times, then the next source
	AgainStop Outcome = "again, stops" // the proxy is asked again a few times, then the command fails
)

// Outcomes are what an answer leads to by what the source has behind it: a
// comma, so that only a module that is not found leads to the next, or a pipe.
type Outcomes struct {
	NotFound Outcome `json:"notFound"`
	AnyError Outcome `json:"anyError"`
}

// A Row is an answer of a proxy and what it leads to: with the go command as it
// is (cmd/go/internal/modfetch.TryProxies), and through the relay.
type Row struct {
	Answer string   `json:"answer"`
	Go     Outcomes `json:"go"`
	Relay  Outcomes `json:"relay"`
}

// Matrix is the meaning of the answers. At the last source of a chain, next is
// an error too. The columns of the go command are tested with the real one.
var Matrix = []Row{
	{"200", Outcomes{Used, Used}, Outcomes{Used, Used}},
	{"404, 410", Outcomes{Next, Next}, Outcomes{Next, Next}},
	{"400, 401, 403, 451", Outcomes{Stops, Next}, Outcomes{Stops, Next}},
	{"429", Outcomes{Stops, Next}, Outcomes{AgainStop, AgainNext}},
	{"500, 502, 503, 504", Outcomes{Stops, Next}, Outcomes{AgainStop, AgainNext}},
	{"connection refused", Outcomes{Stops, Next}, Outcomes{AgainStop, AgainNext}},
	{"no answer", Outcomes{Hangs, Hangs}, Outcomes{AgainStop, Next}},
	{"half an answer", Outcomes{Stops, Next}, Outcomes{AgainStop, AgainNext}},
	{"a page as .info", Outcomes{Stops, Next}, Outcomes{Stops, Next}},
	{"a page as .mod", Outcomes{Stops, Stops}, Outcomes{Stops, Next}},
	{"a page as .zip", Outcomes{Stops, Stops}, Outcomes{Stops, Next}},
	{"the zip of another module", Outcomes{Stops, Stops}, Outcomes{Stops, Next}},
	{"a zip that go.sum contradicts", Outcomes{Stops, Stops}, Outcomes{Stops, Next}}, // and alerts
}
