//go:build unix

package interrupt

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endBy ends this process by the signal.
func endBy(sig os.Signal) int {
	signal.Reset(sig)
	syscall.Kill(os.Getpid(), sig.(syscall.Signal))
	time.Sleep(time.Second) // delivery is asynchronous
	return 128 + int(sig.(syscall.Signal))
}
