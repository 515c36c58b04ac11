// Package detach starts processes that outlive the one that starts them.
package detach
