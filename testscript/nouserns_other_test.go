//go:build !linux

package testscript

// nouserns is of no use here: no system but Linux has namespaces.
func nouserns() {}
