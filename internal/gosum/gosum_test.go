package gosum

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	const text = "example.com/a v1.0.0 h1:x=\nexample.com/a v1.0.0/go.mod h1:y=\r\n\nexample.com/b v1.0.0\nexample.com/a  v1.0.0\th2:z="
	var got []string
	for m, hash := range Lines([]byte(text)) {
		got = append(got, m.Path+" "+m.Version+" "+hash)
	}
	want := []string{"example.com/a v1.0.0 h1:x=", "example.com/a v1.0.0/go.mod h1:y=", "example.com/a v1.0.0 h2:z="}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for m := range Lines([]byte(text)) {
		if m.Path != "example.com/a" {
			t.Errorf("got %v", m)
		}
		break
	}
}
