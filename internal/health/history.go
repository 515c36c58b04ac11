package health

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// A Flip is a change of a proxy's state, in the history.
type Flip struct {
	Time  time.Time `json:"time"`
	Proxy string    `json:"proxy"`
	From  State     `json:"from,omitempty"` // "" if it had not been asked before
	To    State     `json:"to"`
	Fault string    `json:"fault,omitempty"`
}

// The history is cut to its last keepFlips lines when it has more than maxFlips.
const (
	maxFlips  = 1000
	keepFlips = 500
)

// History returns the changes of states that were noted, the oldest first.
// Lines that cannot be read are passed over.
func (s *Store) History() []Flip {
	if s.history == "" {
		return nil
	}
	data, err := os.ReadFile(s.history)
	if err != nil {
		return nil
	}
	var flips []Flip
	for line := range bytes.Lines(data) {
		var f Flip
		if json.Unmarshal(line, &f) == nil && f.Proxy != "" {
			flips = append(flips, f)
		}
	}
	return flips
}

// note adds to the history what has changed. A line is written at once, so that
// a killed process leaves at most half of one, which is passed over.
func (s *Store) note(reports []Report) error {
	if s.history == "" {
		return nil
	}
	dir := filepath.Dir(s.history)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		return err
	}
	defer unlock()
	flips := s.History()
	last := map[string]State{}
	for _, f := range flips {
		last[f.Proxy] = f.To
	}
	known := len(flips)
	for _, r := range reports {
		if last[r.Proxy] != r.State {
			flips = append(flips, Flip{r.Checked, r.Proxy, last[r.Proxy], r.State, r.Summary()})
		}
	}
	switch {
	case len(flips) == known:
		return nil
	case len(flips) > maxFlips:
		return replaceFile(s.history, lines(flips[len(flips)-keepFlips:]))
	}
	return appendFile(s.history, lines(flips[known:]))
}

// lines returns the flips as the history has them.
func lines(flips []Flip) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, f := range flips {
		enc.Encode(f)
	}
	return b.Bytes()
}

func appendFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		end := make([]byte, 1)
		if _, err := f.ReadAt(end, info.Size()-1); err == nil && end[0] != '\n' {
			data = append([]byte("\n"), data...) // after what a killed process left
		}
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
