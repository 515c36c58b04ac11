package health

// An Effect is what the go command does with a proxy's answer, by
// cmd/go/internal/modfetch.TryProxies.
type Effect string

// The effects of an answer.
const (
	Uses  Effect = "uses"  // takes the answer
	Next  Effect = "next"  // asks the next source, if there is one
	Stops Effect = "stops" // fails, with status 1
	Waits Effect = "waits" // has no deadline of its own
)

// A Row says what the go command does with an answer, by what stands behind the
// proxy in GOPROXY.
type Row struct {
	Answer string `json:"answer"`
	Comma  Effect `json:"comma"`
	Pipe   Effect `json:"pipe"`
}

// Matrix is what the go command does with the answers of a proxy.
var Matrix = []Row{
	{"200", Uses, Uses},
	{"404, 410", Next, Next},
	{"any other status", Stops, Next},
	{"no connection", Stops, Next},
	{"200 with a page in the place of .info", Stops, Next},
	{"200 with a page in the place of .zip", Stops, Stops},
	{"a connection and no answer", Waits, Waits},
}
