package shim

import (
	"syscall"
	"unsafe"
)

// hasNetwork reports whether an interface other than loopback is up, or if that
// cannot be known. There is none inside of a command whose network is cut, nor
// in a container that has none.
func hasNetwork() bool {
	data, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return true
	}
	messages, err := syscall.ParseNetlinkMessage(data)
	if err != nil {
		return true
	}
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
			continue
		}
		link := (*syscall.IfInfomsg)(unsafe.Pointer(&m.Data[0]))
		if link.Flags&syscall.IFF_UP != 0 && link.Flags&syscall.IFF_LOOPBACK == 0 {
			return true
		}
	}
	return false
}
