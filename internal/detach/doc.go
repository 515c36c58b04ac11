// Package detach starts processes that outlive the one that starts them. They have
// a session of their own, and none of the files that this process was given: a
// caller that waits for the end of a pipe, or for a lock of flock(1), waits for
// every process that has the descriptor.
package detach
