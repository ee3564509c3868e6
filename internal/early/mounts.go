//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// A mountRequest is struct mnt_id_req, in its first version.
type mountRequest struct {
	size  uint32
	_     uint32
	id    uint64
	param uint64
}

// A mountStat is struct statmount (Linux 6.8) with room for strings.
type mountStat struct {
	_           [48]byte
	parent      uint64
	_           [16]byte
	propagation uint64
	_           [8]byte
	master      uint64
	_           [12]byte
	point       uint32 // where it is in strings
	_           [400]byte
	strings     [512]byte
}

// Which fields of it are asked for.
const (
	statmountMntBasic = 0x2
	statmountMntPoint = 0x10
)

func lookAtMount(id, what uint64, st *mountStat) errno {
	request := mountRequest{size: uint32(unsafe.Sizeof(mountRequest{})), id: id, param: what}
	return statMount(&request, st)
}

// mountOf returns the unique id of the mount that path belongs to.
func mountOf(path *byte) (uint64, bool) {
	var st unix.Statx_t
	errno := statAt(unix.AT_FDCWD, path, 0, unix.STATX_MNT_ID_UNIQUE, &st)
	return st.Mnt_id, errno == 0 && st.Mask&unix.STATX_MNT_ID_UNIQUE != 0
}

// A keptMount is a copy of what is mounted at a path and below.
type keptMount struct {
	path, size int // where its path is in the text of them all
	tree       int
}

// keptMounts are those directly below one directory.
type keptMounts struct {
	mounts [24]keptMount
	count  int
	text   [2048]byte
	used   int
}

// path is that of one of them, which a zero byte ends.
func (k *keptMounts) path(m *keptMount) string { return unsafe.String(&k.text[m.path], m.size) }

// add copies what is mounted on the path.
func (k *keptMounts) add(point string) bool {
	if k.count == len(k.mounts) || len(point) >= len(k.text)-k.used {
		return false
	}
	for i := range k.count {
		other := k.path(&k.mounts[i])
		if hasPrefix(other, point) || hasPrefix(point, other) { // one may cover the other
			return false
		}
	}
	m := &k.mounts[k.count]
	m.path, m.size = k.used, copy(k.text[k.used:], point)
	k.used += m.size + 1
	tree, errno := copyTree(&k.text[m.path])
	if errno != 0 {
		return false
	}
	m.tree = tree
	k.count++
	return true
}

// restore attaches the copies where they were.
func (k *keptMounts) restore() bool {
	for i := range k.count {
		if attach(k.mounts[i].tree, &k.text[k.mounts[i].path]) != 0 {
			return false
		}
	}
	return true
}

func (k *keptMounts) close() {
	for i := range k.count {
		closeFile(k.mounts[i].tree)
	}
}

// keepBelow copies all that is mounted directly below dir, with what is mounted below that.
func keepBelow(dir string, k *keptMounts) bool {
	var name path
	name.add(dir)
	top, ok := mountOf(name.start())
	if !ok {
		return false
	}
	var ids [64]uint64
	request := mountRequest{size: uint32(unsafe.Sizeof(mountRequest{})), id: top}
	n, errno := listMount(&request, ids[:])
	if errno != 0 || n >= len(ids) {
		return false
	}
	var st mountStat
	for _, id := range ids[:n] {
		if lookAtMount(id, statmountMntBasic|statmountMntPoint, &st) != 0 || int(st.point) >= len(st.strings) ||
			st.propagation&unix.MS_UNBINDABLE != 0 {
			return false
		}
		if st.parent != top {
			continue
		}
		point := text(&st.strings[st.point])
		if len(point) <= len(dir) || !hasPrefix(point, dir) || point[len(dir)] != '/' || !k.add(point) {
			return false
		}
	}
	return true
}

// newSysfs makes a mount of the sysfs of the network namespace that the process is in. It is attached nowhere, and has the options of the one on
// /sys, which sys is; source is what will be named as its device.
func newSysfs(sys *byte, source string) (int, bool) {
	var kind, key, device path
	kind.add("sysfs")
	key.add("source")
	device.add(source)
	var old unix.Statfs_t
	if statFS(sys, &old) != 0 || old.Type != unix.SYSFS_MAGIC {
		return -1, false
	}
	context, errno := openFS(kind.start())
	if errno != 0 {
		return -1, false
	}
	fd := -1
	errno = configFS(context, unix.FSCONFIG_SET_STRING, key.start(), device.start())
	if errno == 0 {
		errno = configFS(context, unix.FSCONFIG_CMD_CREATE, nil, nil)
	}
	if errno == 0 {
		fd, errno = mountFS(context, mounts.Attributes(uintptr(old.Flags)))
	}
	closeFile(context)
	return fd, errno == 0
}
