package nsid

import (
	"os"
	"unsafe"

	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Cookie returns the number of a network namespace that the kernel never gives to another one. Before Linux 6.18 it takes the right to enter
// the namespace, and before 5.14 there are none. The error is an [os.SyscallError].
func Cookie(ns netns.NsHandle) (cookie uint64, err error) {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(ns), unix.NS_GET_ID, uintptr(unsafe.Pointer(&cookie)))
	if errno == 0 {
		return cookie, nil
	}
	err = nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.SetNet(ns); err != nil {
			return err
		}
		cookie, err = cookieHere()
		return err
	})
	return cookie, err
}

// cookieHere asks a socket, which knows the namespace that it was made in: that of the calling thread.
func cookieHere() (uint64, error) {
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket(AF_UNIX)", err)
	}
	defer unix.Close(s)
	cookie, err := unix.GetsockoptUint64(s, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return cookie, os.NewSyscallError("getsockopt(SO_NETNS_COOKIE)", err)
}
