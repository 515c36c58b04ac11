//go:build !unix

package interrupt

import "os"

// endBy returns the status of a Windows program that a key has ended
// (STATUS_CONTROL_C_EXIT), by which cmd.exe knows it.
func endBy(os.Signal) int {
	status := uint32(0xC000013A)
	return int(status)
}
