package nsfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// beneathTries bounds how often openBeneath starts again when the kernel could not tell, because directories were moved meanwhile.
const beneathTries = 32

// openBeneath opens the file called name in the directory at, or makes it, and no other: no symlink is followed, not even one
// of /proc, and nothing leads out of the directory, however names are swapped meanwhile. The error is an errno; of a symlink ELOOP,
// unless flags have O_PATH, which opens the symlink itself.
func openBeneath(at int, name string, flags int, mode uint32) (fd int, err error) {
	flags |= unix.O_NOFOLLOW | unix.O_CLOEXEC
	how := unix.OpenHow{
		Flags: uint64(flags), Mode: uint64(mode),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	for range beneathTries {
		if fd, err = unix.Openat2(at, name, &how); !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		// Before Linux 5.6, or a seccomp filter forbids what it does not know. A name has no slash, so that this is nearly as good.
		fd, err = unix.Openat(at, name, flags, mode)
	}
	return fd, err
}
