package vendortree

import (
	"crypto/sha256"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCgoPaths(t *testing.T) {
	text := `package cg

// #cgo CFLAGS: -I${SRCDIR}/inc "-I${SRCDIR}/two" "-I${SRCDIR}/three words" -DX=1
/*
#cgo linux,!arm LDFLAGS: -L${SRCDIR}/lib -lx -I${SRCDIR}
 # cgo CFLAGS: -I${SRCDIR}/no
#include "inc/x.h"
*/
import "C"
`
	want := []string{"inc", "two", "lib"}
	if diff := cmp.Diff(want, cgoPaths(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCgoFinder wants the verb to be found wherever two writes part it.
func TestCgoFinder(t *testing.T) {
	text := "xx#cgoyy"
	for i := range len(text) + 1 {
		for j := i; j <= len(text); j++ {
			f := &cgoFinder{Hash: sha256.New()}
			for _, part := range []string{text[:i], text[i:j], text[j:]} {
				f.Write([]byte(part))
			}
			if want := sha256.Sum256([]byte(text)); !f.found || [32]byte(f.Sum(nil)) != want {
				t.Errorf("%q, %q, %q: found %v", text[:i], text[i:j], text[j:], f.found)
			}
		}
	}
	f := &cgoFinder{Hash: sha256.New()}
	f.Write([]byte("#cg"))
	f.Write([]byte(" o"))
	if f.found {
		t.Error("found what is not there")
	}
}
