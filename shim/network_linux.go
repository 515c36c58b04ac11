package shim

import (
	"os"
	"slices"
	"strings"
)

// hasNetwork reports whether there is an interface other than loopback, or if
// that cannot be known. There is none inside of a command whose network is cut,
// nor in a container that has none.
func hasNetwork() bool {
	data, err := os.ReadFile("/proc/net/dev")
	return err != nil || hasInterface(string(data))
}

// hasInterface is hasNetwork for the text of /proc/net/dev: two lines of
// headings, then a line for each interface.
func hasInterface(dev string) bool {
	lines := strings.Split(strings.TrimSpace(dev), "\n")
	return len(lines) < 2 || slices.ContainsFunc(lines[2:], func(line string) bool {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		return !slices.Contains(ownInterfaces, name)
	})
}

// ownInterfaces are what the kernel makes in every namespace: loopback, and, if
// their modules are loaded, the ends of tunnels that lead nowhere (sysctl
// net.core.fb_tunnels_only_for_init_net).
var ownInterfaces = []string{"lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0"}
