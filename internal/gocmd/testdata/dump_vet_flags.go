package vet

import "cmd/go/internal/base"

// Flags exports toolFlags for dump.go.
func Flags(cmd *base.Command, args []string) (passed, packages []string) {
	return toolFlags(cmd, args)
}
