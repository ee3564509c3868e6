package mounts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"gons/internal/mountinfo"

	"golang.org/x/sys/unix"
)

// A point is one mount of the calling thread's mount namespace.
type point struct {
	id, parent uint64
	path       string // as seen from the root directory of the thread
	unbindable bool
}

// Fields and flags of statmount(2), which x/sys does not have yet.
const (
	statmountSBBasic  = 0x1
	statmountMntBasic = 0x2
	statmountMntRoot  = 0x8
	statmountMntPoint = 0x10

	statmountMajor       = 16 // sb_dev_major
	statmountMinor       = 20
	statmountMagic       = 24 // sb_magic
	statmountParent      = 48 // mnt_parent_id
	statmountOldID       = 56 // mnt_id_old
	statmountOldParent   = 60
	statmountPropagation = 72 // mnt_propagation
	statmountPeers       = 80 // mnt_peer_group
	statmountMaster      = 88 // mnt_master
	statmountRoot        = 104
	statmountPoint       = 108
	statmountStrings     = 512
)

// mountRequest is struct mnt_id_req, in its first version.
type mountRequest struct {
	size  uint32
	_     uint32
	id    uint64
	param uint64
}

// listMounts asks the kernel what is mounted on and below path, directly or not, without path's own mount, whose
// unique id is returned too. Linux 6.8; the error is a bare errno, ENOSYS or EPERM where there is no such call.
func listMounts(path string) (uint64, []point, error) {
	top, err := mountID(path)
	if err != nil {
		return 0, nil, err
	}
	ids, err := mountIDs(top)
	if err != nil {
		return 0, nil, err
	}
	// Small buffers: a stack that has to grow costs more than the calls.
	buf := make([]byte, statmountStrings+128)
	points := make([]point, 0, len(ids))
	for _, id := range ids {
		p, err := statMount(id, buf)
		if errors.Is(err, unix.EOVERFLOW) {
			buf = make([]byte, statmountStrings+unix.PathMax)
			p, err = statMount(id, buf)
		}
		if errors.Is(err, unix.ENOENT) { // just unmounted
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		points = append(points, p)
	}
	return top, points, nil
}

// Master returns the peer group that the mount of path gets mounts from (mount_namespaces(7)), 0 if it is no slave. It
// takes Linux 6.8; the error is an errno, ENOSYS or EPERM where there is no such call.
func Master(path string) (uint64, error) {
	id, err := mountID(path)
	if err != nil {
		return 0, err
	}
	buf := make([]byte, statmountStrings)
	if err := callStatmount(id, statmountMntBasic, buf); err != nil {
		return 0, err
	}
	return binary.NativeEndian.Uint64(buf[statmountMaster:]), nil
}

// Of returns the mount that path belongs to, as /proc/thread-self/mountinfo has it but without its type, its source and whether it
// is unbindable. It takes Linux 6.8; the error is an errno, ENOSYS or EPERM where there is no such call.
func Of(path string) (mountinfo.Mount, error) {
	id, err := mountID(path)
	if err != nil {
		return mountinfo.Mount{}, err
	}
	const what = statmountSBBasic | statmountMntBasic | statmountMntRoot | statmountMntPoint
	buf := make([]byte, statmountStrings+128)
	if err = callStatmount(id, what, buf); errors.Is(err, unix.EOVERFLOW) {
		buf = make([]byte, statmountStrings+2*unix.PathMax)
		err = callStatmount(id, what, buf)
	}
	if err != nil {
		return mountinfo.Mount{}, err
	}
	word := func(at int) uint32 { return binary.NativeEndian.Uint32(buf[at:]) }
	text := func(at int) string {
		return unix.ByteSliceToString(buf[min(statmountStrings+int(word(at)), len(buf)):])
	}
	return mountinfo.Mount{
		ID:     int(word(statmountOldID)),
		Parent: int(word(statmountOldParent)),
		Dev:    fmt.Sprintf("%d:%d", word(statmountMajor), word(statmountMinor)),
		Root:   text(statmountRoot),
		Point:  text(statmountPoint),
		Shared: int(binary.NativeEndian.Uint64(buf[statmountPeers:])),
		Master: int(binary.NativeEndian.Uint64(buf[statmountMaster:])),
	}, nil
}

// mountID returns the unique id of the mount that path belongs to.
func mountID(path string) (uint64, error) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_MNT_ID_UNIQUE, &st)
	if err == nil && st.Mask&unix.STATX_MNT_ID_UNIQUE == 0 {
		err = unix.ENOSYS
	}
	return st.Mnt_id, err
}

// mountIDs returns the unique ids of the mounts below the mount id.
func mountIDs(id uint64) ([]uint64, error) {
	var ids []uint64
	var some [256]uint64
	request := mountRequest{id: id}
	request.size = uint32(unsafe.Sizeof(request))
	for {
		n, _, errno := unix.Syscall6(unix.SYS_LISTMOUNT, uintptr(unsafe.Pointer(&request)),
			uintptr(unsafe.Pointer(&some[0])), uintptr(len(some)), 0, 0, 0)
		if errno != 0 {
			return nil, errno
		}
		ids = append(ids, some[:n]...)
		if int(n) < len(some) {
			return ids, nil
		}
		request.param = some[n-1] // the last one seen
	}
}

// statMount describes the mount id. buf is scratch space; EOVERFLOW means that the path does not fit.
func statMount(id uint64, buf []byte) (point, error) {
	if err := callStatmount(id, statmountMntBasic|statmountMntPoint, buf); err != nil {
		return point{}, err
	}
	at := statmountStrings + binary.NativeEndian.Uint32(buf[statmountPoint:])
	if uint64(at) > uint64(len(buf)) {
		return point{}, unix.EOVERFLOW
	}
	return point{
		id:         id,
		parent:     binary.NativeEndian.Uint64(buf[statmountParent:]),
		path:       unix.ByteSliceToString(buf[at:]),
		unbindable: binary.NativeEndian.Uint64(buf[statmountPropagation:])&unix.MS_UNBINDABLE != 0,
	}, nil
}

func callStatmount(id, what uint64, buf []byte) error {
	request := mountRequest{id: id, param: what}
	request.size = uint32(unsafe.Sizeof(request))
	_, _, errno := unix.Syscall6(unix.SYS_STATMOUNT, uintptr(unsafe.Pointer(&request)),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
