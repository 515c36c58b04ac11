package gocmd

import (
	"slices"
	"strconv"
	"strings"
)

// WithoutFlag returns the words of GOFLAGS without the named flag.
func WithoutFlag(words []string, name string) []string {
	return slices.DeleteFunc(words, func(w string) bool {
		n, _, _ := CutFlag(w)
		return n == name
	})
}

// WithTags returns the words of GOFLAGS with tags added to those they have.
func WithTags(words, tags []string) []string {
	have, _ := LastFlag(words, "tags")
	return append(WithoutFlag(words, "tags"), "-tags="+strings.Join(AddTags(SplitTags(have), tags), ","))
}

// SplitTags splits a list of tags: by commas or, as of old, by spaces
// (cmd/go/internal/work.tagsFlag).
func SplitTags(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}

// AddTags returns the tags of a policy and those of the caller, each once.
func AddTags(have, tags []string) []string {
	var merged []string
	for _, tag := range slices.Concat(tags, have) {
		if !slices.Contains(merged, tag) {
			merged = append(merged, tag)
		}
	}
	return merged
}

// SameBool reports whether a and b are two ways to write one boolean.
func SameBool(a, b string) bool {
	x, errX := strconv.ParseBool(a)
	y, errY := strconv.ParseBool(b)
	return x == y && errX == nil && errY == nil
}
