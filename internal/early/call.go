//go:build linux && (amd64 || arm64) && !race

package early

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System calls as the kernel has them: nothing is tried again, and descriptors do not outlive execve(2).

type errno = syscall.Errno

func openAt(at int, path *byte, flags int) (int, errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(path)), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
	return int(fd), errno
}

// openBeneath opens the file in the directory at, or makes it: that one and no other, as in package nsfile.
func openBeneath(at int, name *byte, flags int, mode uint64) (int, errno) {
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_NOFOLLOW | unix.O_CLOEXEC),
		Mode:    mode,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT2, uintptr(at), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&how)),
		unsafe.Sizeof(how), 0, 0)
	return int(fd), errno
}

func closeFile(fd int) { _, _, _ = syscall.RawSyscall6(unix.SYS_CLOSE, uintptr(fd), 0, 0, 0, 0, 0) }

func read(fd int, buf []byte) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0, 0, 0)
	return int(n), errno
}

func write(fd int, buf []byte) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0, 0, 0)
	return int(n), errno
}

func fcntl(fd, what int) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_FCNTL, uintptr(fd), uintptr(what), 0, 0, 0, 0)
	return int(n), errno
}

func getLimit(which int, limit *unix.Rlimit) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, uintptr(which), 0, uintptr(unsafe.Pointer(limit)), 0, 0)
	return errno
}

func duplicate(fd int) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_FCNTL, uintptr(fd), unix.F_DUPFD_CLOEXEC, 0, 0, 0, 0)
	return int(n), errno
}

func flock(fd, how int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_FLOCK, uintptr(fd), uintptr(how), 0, 0, 0, 0)
	return errno
}

// isTerminal is TCGETS of tty_ioctl(4).
func isTerminal(fd int) bool {
	var settings unix.Termios
	_, _, errno := syscall.RawSyscall6(unix.SYS_IOCTL, uintptr(fd), unix.TCGETS, uintptr(unsafe.Pointer(&settings)), 0, 0, 0)
	return errno == 0
}

func statAt(at int, path *byte, flags, mask int, st *unix.Statx_t) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_STATX, uintptr(at), uintptr(unsafe.Pointer(path)), uintptr(flags), uintptr(mask),
		uintptr(unsafe.Pointer(st)), 0)
	return errno
}

func accessAt(at int, path *byte, mode int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_FACCESSAT, uintptr(at), uintptr(unsafe.Pointer(path)), uintptr(mode), 0, 0, 0)
	return errno
}

func readLinkAt(at int, path *byte, buf []byte) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_READLINKAT, uintptr(at), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0, 0)
	return int(n), errno
}

func unlinkAt(at int, path *byte) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_UNLINKAT, uintptr(at), uintptr(unsafe.Pointer(path)), 0, 0, 0, 0)
	return errno
}

func getDents(dir int, buf []byte) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_GETDENTS64, uintptr(dir), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)),
		0, 0, 0)
	return int(n), errno
}

func getCwd(buf []byte) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_GETCWD, uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), 0, 0, 0, 0)
	return int(n), errno
}

func changeDir(fd int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_FCHDIR, uintptr(fd), 0, 0, 0, 0, 0)
	return errno
}

func changeRoot(path *byte) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_CHROOT, uintptr(unsafe.Pointer(path)), 0, 0, 0, 0, 0)
	return errno
}

func enterNamespace(fd, kind int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_SETNS, uintptr(fd), uintptr(kind), 0, 0, 0, 0)
	return errno
}

func newNamespace(kind int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_UNSHARE, uintptr(kind), 0, 0, 0, 0, 0)
	return errno
}

func mount(source, target *byte, flags int) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOUNT, uintptr(unsafe.Pointer(source)), uintptr(unsafe.Pointer(target)), 0, uintptr(flags), 0, 0)
	return errno
}

func unmount(target *byte) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_UMOUNT2, uintptr(unsafe.Pointer(target)), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW, 0, 0, 0, 0)
	return errno
}

func statFS(path *byte, st *unix.Statfs_t) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_STATFS, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(st)), 0, 0, 0, 0)
	return errno
}

func openFS(kind *byte) (int, errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_FSOPEN, uintptr(unsafe.Pointer(kind)), unix.FSOPEN_CLOEXEC, 0, 0, 0, 0)
	return int(fd), errno
}

func configFS(context, what int, key, value *byte) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_FSCONFIG, uintptr(context), uintptr(what), uintptr(unsafe.Pointer(key)),
		uintptr(unsafe.Pointer(value)), 0, 0)
	return errno
}

func mountFS(context, attributes int) (int, errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_FSMOUNT, uintptr(context), unix.FSMOUNT_CLOEXEC, uintptr(attributes), 0, 0, 0)
	return int(fd), errno
}

// copyTree is open_tree(2) for a copy of what is mounted on the path and below.
func copyTree(path *byte) (int, errno) {
	at := unix.AT_FDCWD
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPEN_TREE, uintptr(at), uintptr(unsafe.Pointer(path)),
		unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_SYMLINK_NOFOLLOW, 0, 0, 0)
	return int(fd), errno
}

// attach mounts what the descriptor tree stands for on target.
func attach(tree int, target *byte) errno {
	at := unix.AT_FDCWD
	var none byte
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOVE_MOUNT, uintptr(tree), uintptr(unsafe.Pointer(&none)), uintptr(at),
		uintptr(unsafe.Pointer(target)), unix.MOVE_MOUNT_F_EMPTY_PATH, 0)
	return errno
}

func handleAt(at int, path *byte, flags int, handle *nsHandle) errno {
	var mount int32
	_, _, errno := syscall.RawSyscall6(unix.SYS_NAME_TO_HANDLE_AT, uintptr(at), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(handle)), uintptr(unsafe.Pointer(&mount)), uintptr(flags), 0)
	return errno
}

func openHandle(at int, handle *nsHandle) (int, errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPEN_BY_HANDLE_AT, uintptr(at), uintptr(unsafe.Pointer(handle)),
		unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	return int(fd), errno
}

func listMount(request *mountRequest, ids []uint64) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_LISTMOUNT, uintptr(unsafe.Pointer(request)),
		uintptr(unsafe.Pointer(unsafe.SliceData(ids))), uintptr(len(ids)), 0, 0, 0)
	return int(n), errno
}

func statMount(request *mountRequest, st *mountStat) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_STATMOUNT, uintptr(unsafe.Pointer(request)), uintptr(unsafe.Pointer(st)),
		unsafe.Sizeof(*st), 0, 0, 0)
	return errno
}

func getCapabilities(data *[2]unix.CapUserData) errno {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	_, _, errno := syscall.RawSyscall6(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(data)), 0, 0, 0, 0)
	return errno
}

// blockSignals keeps all signals waiting that can be, and stores which did before; setSignals goes back to that.
func blockSignals(before *uint64) errno {
	all := ^uint64(0)
	_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)),
		uintptr(unsafe.Pointer(before)), unsafe.Sizeof(all), 0, 0)
	return errno
}

func setSignals(mask uint64) {
	_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
}

// execute returns only if it fails.
func execute(file *byte, args, env **byte) {
	_, _, _ = syscall.RawSyscall6(unix.SYS_EXECVE, uintptr(unsafe.Pointer(file)), uintptr(unsafe.Pointer(args)),
		uintptr(unsafe.Pointer(env)), 0, 0, 0)
}

// exit ends the process and does not return.
func exit(status int) {
	for {
		_, _, _ = syscall.RawSyscall6(unix.SYS_EXIT_GROUP, uintptr(status), 0, 0, 0, 0, 0)
	}
}

func processID() int {
	n, _, _ := syscall.RawSyscall6(unix.SYS_GETPID, 0, 0, 0, 0, 0, 0)
	return int(n)
}

// fork is fork(2): it returns twice, in the new process with 0.
func fork() (int, errno) {
	pid, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	return int(pid), errno
}

func wait(pid int, status *uint32) errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(status)), 0, 0, 0, 0)
	return errno
}

// newMemory returns memory that is zero, shared with the processes that are forked from now on or not; nil if there is none.
func newMemory(size int, shared bool) unsafe.Pointer {
	flags := unix.MAP_ANONYMOUS | unix.MAP_PRIVATE | unix.MAP_NORESERVE
	if shared {
		flags = unix.MAP_ANONYMOUS | unix.MAP_SHARED | unix.MAP_NORESERVE
	}
	none := -1
	p, _, errno := syscall.RawSyscall6(unix.SYS_MMAP, 0, uintptr(size), unix.PROT_READ|unix.PROT_WRITE, uintptr(flags), uintptr(none), 0)
	if errno != 0 {
		return nil
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&p)) // the address is not one of Go's, so there is nothing to be kept
}

func socket(family, kind, protocol int) (int, errno) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_SOCKET, uintptr(family), uintptr(kind|unix.SOCK_CLOEXEC), uintptr(protocol), 0, 0, 0)
	return int(fd), errno
}

// send sends to the kernel, over a netlink socket.
func send(fd int, message unsafe.Pointer, size uintptr) errno {
	kernel := unix.RawSockaddrNetlink{Family: unix.AF_NETLINK}
	_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(message), size, 0,
		uintptr(unsafe.Pointer(&kernel)), unsafe.Sizeof(kernel))
	return errno
}

func receive(fd int, buf []byte, flags int) (int, errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)),
		uintptr(flags), 0, 0)
	return int(n), errno
}
