package envdiff

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/snapshot"
)

func TestSnapshots(t *testing.T) {
	origin := func(hash string) *modstore.Origin { return &modstore.Origin{VCS: "git", Hash: hash} }
	module := func(m snapshot.Module) *snapshot.Snapshot {
		m.Path = "m"
		return &snapshot.Snapshot{Go: "1.26", Toolchain: "go1.26.8", Modules: []snapshot.Module{m}}
	}
	tests := []struct {
		name string
		a, b *snapshot.Snapshot
		want string
	}{
		{"equal", module(snapshot.Module{Version: "v1", Sum: "h1:a"}), module(snapshot.Module{Version: "v1", Sum: "h1:a"}), ""},
		{"toolchain", &snapshot.Snapshot{Go: "1.26", Toolchain: "go1.26.8"}, &snapshot.Snapshot{Go: "1.27", Toolchain: "go1.27.0"}, "toolchain: go 1.26 1.27, toolchain go1.26.8 go1.27.0"},
		{"version", module(snapshot.Module{Version: "v1", Sum: "h1:a"}), module(snapshot.Module{Version: "v2", Sum: "h1:b"}), "modules: m v1 v2"},
		{"sum", module(snapshot.Module{Version: "v1", Sum: "h1:a", GoModSum: "h1:c"}), module(snapshot.Module{Version: "v1", Sum: "h1:b", GoModSum: "h1:c"}), "sums: m v1 h1:a h1:b"},
		{"a sum missing", module(snapshot.Module{Version: "v1", GoModSum: "h1:c"}), module(snapshot.Module{Version: "v1"}), "sums: m v1/go.mod h1:c -"},
		{"replaced", module(snapshot.Module{Version: "v1", Sum: "h1:a"}), module(snapshot.Module{Version: "v1", Replaced: "./m"}), "replacements: m - ./m"},
		{"a sum of what replaces it", module(snapshot.Module{Version: "v1", Replaced: "n v2", Sum: "h1:a"}), module(snapshot.Module{Version: "v1", Replaced: "n v2", Sum: "h1:b"}), "sums: n v2 h1:a h1:b"},
		{"origin", module(snapshot.Module{Version: "v1", Origin: origin("a")}), module(snapshot.Module{Version: "v1", Origin: origin("b")}), "origins: m v1 a b"},
		{"an origin that one does not know", module(snapshot.Module{Version: "v1", Origin: origin("a")}), module(snapshot.Module{Version: "v1"}), ""},
		{"gone", module(snapshot.Module{Version: "v1", Sum: "h1:a"}), &snapshot.Snapshot{Go: "1.26", Toolchain: "go1.26.8"}, "modules: m v1 -"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, text(Snapshots(tt.a, tt.b))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
