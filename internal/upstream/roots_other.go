//go:build !unix || darwin || ios

package upstream

// systemRoots returns nothing: this system keeps its authorities itself.
func systemRoots() rootList { return rootList{} }
