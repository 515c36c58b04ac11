package freeze

import (
	"fmt"
	"slices"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/pins"
)

// verify wants the session's modfile to be all that a build needs: the modules
// can be had and are the ones that go.sum and the checksum database know, the
// build list is the one that was pinned, and the packages load without a change
// of the modfile.
func verify(s *gorun.Session, list []pins.Module) error {
	if len(list) > 0 {
		if _, err := s.Go("mod", "download", "all"); err != nil {
			return err
		}
	}
	if err := cacheverify.CheckSession(s); err != nil {
		return err
	}
	if _, err := s.Go("list", "-mod=readonly", "-deps", "-test", "./..."); err != nil {
		return err
	}
	now, err := pins.BuildList(s, "-mod=readonly")
	if err != nil {
		return err
	}
	return sameList(list, now)
}

func sameList(list []pins.Module, now []pins.Module) error {
	for i := range max(len(list), len(now)) {
		switch {
		case i < len(list) && i < len(now) && list[i] == now[i]:
			continue
		case i < len(now) && !slices.Contains(list, now[i]):
			return changed(now[i])
		case i < len(list):
			return changed(list[i])
		}
	}
	return nil
}

func changed(m pins.Module) error {
	return &diag.Error{
		Msg:  fmt.Sprintf("pinning the build list changes it: %s %s", m.Path, m.Version),
		Hint: "go mod tidy, then try again",
	}
}
