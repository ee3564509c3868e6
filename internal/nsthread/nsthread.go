package nsthread

import (
	"os"
	"runtime"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// NetPath is the network namespace of the calling thread (proc_pid_ns(5), Linux 3.17).
const NetPath = "/proc/thread-self/ns/net"

// A Thread is the right to switch the OS thread that the calling goroutine is locked to. It is valid only
// inside the function it was handed to, and on that function's goroutine.
type Thread struct{ _ [0]func() }

// LockMain ties the main goroutine to the main thread, so that the scheduler never runs another goroutine
// on it. Call it from an init function.
func LockMain() { runtime.LockOSThread() }

// Do runs fn on an OS thread of its own and returns what fn returned. Whatever fn did to the thread ends with
// it. fn must not start goroutines that rely on the switched namespaces.
func Do(fn func(*Thread) error) error {
	done := make(chan error)
	go func() {
		// Never unlocked: the runtime ends a thread whose goroutine exits while locked to it.
		runtime.LockOSThread()
		done <- fn(&Thread{})
	}()
	return <-done
}

// Final runs fn on the main thread, which [LockMain] has locked, and is [Do] when called from another one. Use it only where
// execve(2) or the end of the process follows, whether fn fails or not: the main thread keeps what fn did to it.
func Final(fn func(*Thread) error) error {
	if unix.Gettid() != unix.Getpid() {
		return Do(fn)
	}
	return fn(&Thread{})
}

// SetNet moves the thread into the network namespace ns. The error is an [os.SyscallError]: EPERM without CAP_SYS_ADMIN
// in the user namespaces of both the caller and the target, EINVAL if ns is no network namespace.
func (*Thread) SetNet(ns netns.NsHandle) error {
	return os.NewSyscallError("setns", unix.Setns(int(ns), unix.CLONE_NEWNET))
}

// NewNet moves the thread into a new network namespace. The error is an [os.SyscallError]: EPERM without
// CAP_SYS_ADMIN, ENOSPC when user.max_net_namespaces is reached, EINVAL when the kernel has no network namespaces.
func (*Thread) NewNet() error {
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_NEWNET))
}

// NewMount moves the thread into a copy of its mount namespace; its root and working directory are no longer
// shared with the other threads. The error is an [os.SyscallError]: EPERM without CAP_SYS_ADMIN, ENOSPC when
// user.max_mnt_namespaces is reached.
func (*Thread) NewMount() error {
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_NEWNS))
}

// OwnDir gives the thread a root directory, a working directory and a umask that it does not share with the other threads, as NewMount
// does too. The error is an [os.SyscallError].
func (*Thread) OwnDir() error { return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_FS)) }

// OwnFiles gives the thread a table of descriptors of its own, with those that there are. What is opened in it is closed with the thread, and
// the table grows at once: one that threads share does so only after none of them can be using the old one (synchronize_rcu() in the kernel, some
// milliseconds each time). The error is an [os.SyscallError].
func (*Thread) OwnFiles() error {
	// The poller of the runtime is started by the first timer, on whichever thread that is, and all threads use its descriptors: they have to be in
	// the table of the others as well.
	time.AfterFunc(time.Hour, func() {}).Stop()
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_FILES))
}

// OutOfChroot runs fn with the root directory of the thread's mount namespace as its root and working directory, and goes
// back to the present ones. The thread must have been given its mount namespace by NewMount. fn's error is returned as it is;
// those of the way there and back are [os.SyscallError], or tell that /proc is missing.
func (*Thread) OutOfChroot(fn func() error) error {
	root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	defer unix.Close(root)
	wd, err := unix.Open(".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	defer unix.Close(wd)
	ns, err := openMount()
	if err != nil {
		return err
	}
	defer unix.Close(ns)
	// Entering a mount namespace, the present one too, means to start in its root.
	if err := unix.Setns(ns, unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("setns", err)
	}
	err = fn()
	if err := unix.Fchdir(root); err != nil {
		return os.NewSyscallError("fchdir", err)
	}
	if err := unix.Chroot("."); err != nil {
		return os.NewSyscallError("chroot", err)
	}
	if err := unix.Fchdir(wd); err != nil {
		return os.NewSyscallError("fchdir", err)
	}
	return err
}

// openMount opens the mount namespace of the calling thread, or something that setns takes for it.
func openMount() (int, error) {
	ns, err := unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		return ns, nil
	}
	// Without /proc, as in a bare chroot: Linux 6.9 has descriptors of threads.
	if ns, pidErr := unix.PidfdOpen(unix.Gettid(), unix.O_EXCL /* PIDFD_THREAD */); pidErr == nil {
		return ns, nil
	}
	return -1, &os.PathError{Op: "open", Path: "/proc/thread-self/ns/mnt", Err: err}
}

// SetMount moves the thread into the mount namespace mnt, with the directory root of it as root and working directory; both are
// descriptors. The error is an [os.SyscallError]: EPERM without CAP_SYS_ADMIN and CAP_SYS_CHROOT.
func (*Thread) SetMount(mnt, root int) error {
	// Threads share their root and working directory, and setns refuses to change them for all.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Setns(mnt, unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("setns", err)
	}
	if err := unix.Fchdir(root); err != nil {
		return os.NewSyscallError("fchdir", err)
	}
	return os.NewSyscallError("chroot", unix.Chroot("."))
}
