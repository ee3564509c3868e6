//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// A nsHandle is struct file_handle with the struct nsfs_file_handle of a namespace in it (name_to_handle_at(2), Linux 6.18).
type nsHandle struct {
	size uint32
	kind int32
	id   uint64
	ns   uint32 // CLONE_NEWNET for a network namespace
	ino  uint32
	_    [16]byte // so that handles of other file systems fit, and can be told from these
}

const (
	nsfsHandle     = 0xf1   // FILEID_NSFS (linux/exportfs.h)
	nsfsHandleSize = 16     // struct nsfs_file_handle (linux/nsfs.h)
	nsfsRoot       = -10003 // FD_NSFS_ROOT (linux/fcntl.h)
)

// netHandle fills in the handle of the network namespace that is mounted on path, which is not followed, and reports whether one is.
func netHandle(at int, path *byte, h *nsHandle) bool {
	h.size = uint32(unsafe.Sizeof(*h)) - 8
	return handleAt(at, path, 0, h) == 0 && h.kind == nsfsHandle && h.size >= nsfsHandleSize && h.ns == unix.CLONE_NEWNET
}

// openEntry opens the namespace with the name, as nsfile.Dir.Open does: if it is one, no symlink, and in a directory that is root's.
func (p *program) openEntry(name string, h *nsHandle) (int, bool) {
	if !p.root || !isPlainName(name) {
		return -1, false
	}
	if p.runDir != nsfile.DefaultDir && trustWay(p.runDir) != trusted { // as in package nsfile
		return -1, false
	}
	var file path
	file.add(p.runDir)
	if trustDir(file.start()) != trusted {
		return -1, false
	}
	file.add("/")
	file.add(name)
	if file.long || !netHandle(unix.AT_FDCWD, file.start(), h) {
		return -1, false
	}
	fd, errno := openHandle(nsfsRoot, h)
	return fd, errno == 0
}
