package mounts

import (
	"encoding/binary"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// infoMount is the type of the record in an event that has the id of a mount (FAN_EVENT_INFO_TYPE_MNT), which x/sys does not have yet.
const infoMount = 7

// A Notice is a mount that came, went, or did both because it was moved. With Lost some notices did not fit into the queue.
type Notice struct {
	ID             uint64 // unique, as [PointOf] takes it
	Attached, Gone bool
	Lost           bool
}

// A Notifier tells of every mount that comes and goes in the mount namespace of the thread that made it.
type Notifier struct {
	fd  int
	buf []byte
}

// Notify returns a notifier; the caller closes it. It takes Linux 6.15, CAP_SYS_ADMIN over the mount namespace, and what [PointOf]
// takes: where one of them is missing the error is an errno such as EINVAL or EPERM.
func Notify() (*Notifier, error) {
	root, err := mountID("/")
	if err == nil {
		_, err = PointOf(root)
	}
	if err != nil {
		return nil, err
	}
	fd, err := unix.FanotifyInit(unix.FAN_REPORT_MNT|unix.FAN_CLASS_NOTIF|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("fanotify_init", err)
	}
	err = unix.FanotifyMark(fd, unix.FAN_MARK_ADD|unix.FAN_MARK_MNTNS, unix.FAN_MNT_ATTACH|unix.FAN_MNT_DETACH,
		unix.AT_FDCWD, "/proc/thread-self/ns/mnt")
	if err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fanotify_mark", err)
	}
	return &Notifier{fd: fd, buf: make([]byte, 16<<10)}, nil
}

// Close ends the notices.
func (n *Notifier) Close() { _ = unix.Close(n.fd) }

// Fd is the descriptor that poll(2) calls readable when there are notices.
func (n *Notifier) Fd() int { return n.fd }

// Read returns the notices that there are, oldest first, at most some hundred; none if there is nothing new.
func (n *Notifier) Read() ([]Notice, error) {
	for {
		size, err := unix.Read(n.fd, n.buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return nil, nil
		case err != nil:
			return nil, os.NewSyscallError("read fanotify", err)
		}
		return parseNotices(n.buf[:size]), nil
	}
}

// parseNotices reads struct fanotify_event_metadata and the records behind each.
func parseNotices(buf []byte) (notices []Notice) {
	for len(buf) >= unix.FAN_EVENT_METADATA_LEN {
		size := binary.NativeEndian.Uint32(buf)
		header := binary.NativeEndian.Uint16(buf[6:])
		mask := binary.NativeEndian.Uint64(buf[8:])
		if uint64(size) > uint64(len(buf)) || size < unix.FAN_EVENT_METADATA_LEN || uint32(header) > size {
			return append(notices, Notice{Lost: true})
		}
		records := buf[header:size]
		buf = buf[size:]
		if mask&unix.FAN_Q_OVERFLOW != 0 {
			notices = append(notices, Notice{Lost: true})
			continue
		}
		for len(records) >= 4 {
			size := binary.NativeEndian.Uint16(records[2:])
			if size < 4 || int(size) > len(records) {
				break
			}
			if records[0] == infoMount && size >= 12 {
				notices = append(notices, Notice{
					ID:       binary.NativeEndian.Uint64(records[size-8:]), // the last field, whatever the alignment
					Attached: mask&unix.FAN_MNT_ATTACH != 0,
					Gone:     mask&unix.FAN_MNT_DETACH != 0,
				})
			}
			records = records[size:]
		}
	}
	return notices
}

// PointOf returns where the mount with the unique id is, as seen from the root directory of the calling thread. It takes Linux 6.8. The
// error is an errno: ENOENT if the mount has gone.
func PointOf(id uint64) (string, error) {
	buf := make([]byte, statmountStrings+128)
	p, err := statMount(id, buf)
	if errors.Is(err, unix.EOVERFLOW) {
		p, err = statMount(id, make([]byte, statmountStrings+unix.PathMax))
	}
	return p.path, err
}
