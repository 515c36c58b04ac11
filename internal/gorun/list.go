package gorun

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/goshim/goshim/internal/diag"
)

// DecodeList decodes what go list -json prints: values one after another, not
// an array.
func DecodeList[T any](out []byte) ([]T, error) {
	var all []T
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var v T
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, &diag.Error{Msg: "reading what go list printed: " + err.Error()}
		}
		all = append(all, v)
	}
}
