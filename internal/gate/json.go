package gate

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the result as one JSON object.
func WriteJSON(w io.Writer, r *Result) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
