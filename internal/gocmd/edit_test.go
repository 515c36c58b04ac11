package gocmd

import (
	"strings"
	"testing"
)

func TestInsert(t *testing.T) {
	tests := []struct{ args, want string }{
		{"build .", "build -mod=vendor ."},
		{"build -mod=mod .", "build -mod=vendor -mod=mod ."},
		{"-C d build .", "-C d build -mod=vendor ."},
		{"build -C d .", "build -C d -mod=vendor ."},
		{"build -C=d", "build -C=d -mod=vendor"},
		{"build -C", "build -mod=vendor -C"},
		{"-- build -- .", "-- build -mod=vendor -- ."},
		{"mod --C d tidy --", "mod --C d tidy -mod=vendor --"},
		{"tool -n x -n", "tool -mod=vendor -n x -n"},
		{"test a --args b", "test -mod=vendor a --args b"},
		{"biuld .", "biuld ."},
		{"", ""},
	}
	for _, tt := range tests {
		c := Parse(strings.Fields(tt.args)).Insert("-mod=vendor")
		if got := strings.Join(c.Join(), " "); got != tt.want {
			t.Errorf("go %s: got %s, want %s", tt.args, got, tt.want)
		}
	}
}

func TestEditsCompose(t *testing.T) {
	c := Parse(strings.Fields("-C d build --tags a -v -tags b -o=x ./... -v"))
	c = c.Delete(0)
	c = c.Insert("-mod=vendor")
	c = c.Replace(c.Index("tags"), "-tags=b,c")
	c = c.Insert("-race", "-p=2")

	want := "-C d build -race -p=2 -mod=vendor -v -tags=b,c -o=x ./... -v"
	if got := strings.Join(c.Join(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _ := c.Flag("mod"); got != "vendor" {
		t.Errorf("Flag(mod) = %q, want the inserted one", got)
	}
}
