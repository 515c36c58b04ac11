package test

// Flags exports testFlags for dump.go.
func Flags(args []string) (packages, passed []string) { return testFlags(args) }
