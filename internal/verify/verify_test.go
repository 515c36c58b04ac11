package verify

import (
	"slices"
	"testing"

	"github.com/goshim/goshim/policy"
)

// TestNames wants each name that goshim.toml may have to be that of a check.
func TestNames(t *testing.T) {
	i := slices.IndexFunc(policy.Keys, func(k policy.Key) bool { return k.Name == "verify" })
	want := slices.Sorted(slices.Values(policy.Keys[i].Enum))
	if got := slices.Sorted(slices.Values(Names)); !slices.Equal(got, want) {
		t.Errorf("the checks are %v, goshim.toml has %v", got, want)
	}
	for _, name := range Names {
		if checks[name] == nil {
			t.Errorf("nothing makes %s", name)
		}
	}
}
