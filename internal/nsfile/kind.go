package nsfile

import (
	"golang.org/x/sys/unix"
)

// A foreignError is [ErrForeign] with what the entry is instead.
type foreignError struct{ kind string }

func (e *foreignError) Error() string {
	if e.kind == "" {
		return ErrForeign.Error()
	}
	return ErrForeign.Error() + " but " + e.kind
}

func (e *foreignError) Unwrap() error { return ErrForeign }

// KindOf says in a few words what the file path is, followed if it is a symlink: "a directory", "a user namespace". It is empty where
// that cannot be told. Like all looks at an entry it never blocks and opens no device.
func KindOf(path string) string {
	file, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(file)
	var st unix.Stat_t
	if unix.Fstat(file, &st) != nil {
		return ""
	}
	if kind, ok := fileKinds[st.Mode&unix.S_IFMT]; ok {
		return kind
	}
	var system unix.Statfs_t
	if unix.Fstatfs(file, &system) != nil || system.Type != unix.NSFS_MAGIC {
		return "a plain file"
	}
	ns, err := reopen(file, unix.AT_FDCWD, path, &st)
	if err != nil {
		return ""
	}
	defer unix.Close(ns)
	kind, err := unix.IoctlRetInt(ns, unix.NS_GET_NSTYPE)
	if err != nil {
		return ""
	}
	return namespaceKinds[kind]
}

var fileKinds = map[uint32]string{
	unix.S_IFDIR: "a directory", unix.S_IFIFO: "a FIFO", unix.S_IFSOCK: "a socket", unix.S_IFCHR: "a device", unix.S_IFBLK: "a device",
}

var namespaceKinds = map[int]string{
	unix.CLONE_NEWCGROUP: "a cgroup namespace", unix.CLONE_NEWIPC: "an IPC namespace", unix.CLONE_NEWNET: "a network namespace",
	unix.CLONE_NEWNS: "a mount namespace", unix.CLONE_NEWPID: "a PID namespace", unix.CLONE_NEWTIME: "a time namespace",
	unix.CLONE_NEWUSER: "a user namespace", unix.CLONE_NEWUTS: "a UTS namespace",
}
