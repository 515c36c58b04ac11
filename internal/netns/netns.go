// Package netns starts a process that has no network: on Linux in a network
// namespace of its own, in which only the loopback interface is up.
//
// It has two halves. [Helper.Start] makes the namespace, with this program as
// the first process in it; [Enter] is that process: it brings loopback up,
// gives away what it needed for that, and becomes the command. Who is not root
// needs a user namespace around it (user_namespaces(7)), in which the user and
// the group have the numbers that they have outside.
//
// What a namespace does not cut: connections that are inherited, and sockets in
// the file system, such as those of nscd, of systemd-resolved or of Docker.
package netns

import (
	"os"
	"path/filepath"
)

// A Helper is a program that calls [Enter] when it gets these words.
type Helper struct {
	Path  string
	Words []string // what stands before the command: "netns", "--"

	// Cache is the directory for a note that it worked, or "". The note holds
	// until the system is started again.
	Cache string
}

// Available returns nil if a process can be started without a network, and
// otherwise why it cannot. It tries: a failure is not noted, so that a system
// that is set right is believed at once.
func (h Helper) Available() error {
	id := identity(h.Path)
	if data, err := os.ReadFile(h.note()); err == nil && id != "" && string(data) == id {
		return nil
	}
	if err := h.try(); err != nil {
		return err
	}
	if h.Cache != "" && id != "" {
		h.write(id)
	}
	return nil
}

func (h Helper) note() string { return filepath.Join(h.Cache, "netns") }

// write writes the note. Without it, the next command tries again.
func (h Helper) write(id string) {
	if os.MkdirAll(h.Cache, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(h.Cache, "netns-*")
	if err != nil {
		return
	}
	_, err = f.WriteString(id)
	if f.Close() == nil && err == nil && os.Rename(f.Name(), h.note()) == nil {
		return
	}
	os.Remove(f.Name())
}
