package gate

import (
	"bytes"
	"encoding/json"
	"encoding/xml"

	"github.com/goshim/goshim/internal/ownfile"
)

// The reports as goshim knows its own, by format.
var (
	OwnJSON        = ownfile.Kind{What: "a report of goshim ci gate as JSON", IsOwn: isOwnJSON}
	OwnJUnit       = ownfile.Kind{What: "a report of goshim ci gate as JUnit's XML", IsOwn: isOwnJUnit}
	OwnSARIF       = ownfile.Kind{What: "a report of goshim ci gate as SARIF", IsOwn: isOwnSARIF}
	OwnCodeQuality = ownfile.Kind{What: "a code quality report", IsOwn: isOwnCodeQuality}
)

func isOwnJSON(text []byte) bool {
	var r struct {
		Passed *bool              `json:"passed"`
		Exit   *int               `json:"exit"`
		Steps  *[]json.RawMessage `json:"steps"`
	}
	return json.Unmarshal(text, &r) == nil && r.Passed != nil && r.Exit != nil && r.Steps != nil
}

func isOwnJUnit(text []byte) bool {
	return bytes.HasPrefix(text, []byte(xml.Header+`<testsuites name="`+suitesName))
}

func isOwnSARIF(text []byte) bool {
	var log struct {
		Runs []struct {
			Tool sarifTool `json:"tool"`
		} `json:"runs"`
	}
	return json.Unmarshal(text, &log) == nil && len(log.Runs) == 1 && log.Runs[0].Tool.Driver.Name == driverName
}

// isOwnCodeQuality takes the reports of others for goshim's, as the format has no
// room for a name.
func isOwnCodeQuality(text []byte) bool {
	var issues []qualityIssue
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&issues) != nil || issues == nil {
		return false
	}
	for _, i := range issues {
		if i.Check == "" || i.Fingerprint == "" {
			return false
		}
	}
	return true
}
