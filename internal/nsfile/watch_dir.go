package nsfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// upDirectory is what matters in a directory above, where everything else can be going on.
	upDirectory = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	// inDirectory is what matters in the run directory. A new file is opened at once, unless it is a symlink.
	inDirectory = upDirectory | unix.IN_OPEN
	goneMask    = unix.IN_DELETE | unix.IN_MOVED_FROM
	// elsewhere are the events after which the directory can be another one.
	elsewhereMask = unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_Q_OVERFLOW | unix.IN_IGNORED | unix.IN_UNMOUNT
)

// A changeKind is what has happened to a file.
type changeKind uint8

const (
	came changeKind = iota
	went
	opened
	everything // all has to be looked at anew
)

// A change is something that inotify has told about a file in the run directory, or about the directory.
type change struct {
	kind      changeKind
	name      string
	directory bool
	plain     bool      // it has been opened after it came
	mounted   bool      // something has been mounted on it since, or on one before or after it
	cookie    uint32    // the same for both sides of a renaming, else 0
	wd        int       // the watch that has told
	at        time.Time // when it was read
	since     int       // how many brief mounts were known before
}

// A watch is an inotify(7) of the run directory or, as long as that does not exist, of the nearest of its parents that does.
type watch struct {
	fd   int
	path string
	wd   int    // of the directory that is watched, -1 for none
	on   string // that directory
	buf  []byte
}

func newWatch(path string) (*watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, watchError(path, err)
	}
	return &watch{fd: fd, path: path, wd: -1, buf: make([]byte, 64<<10)}, nil
}

func (w *watch) close() { _ = unix.Close(w.fd) }

// follow sees to it that the directory that now has the path is watched.
func (w *watch) follow() error {
	for on := w.path; ; on = filepath.Dir(on) {
		mask := uint32(upDirectory)
		if on == w.path {
			mask = inDirectory
		}
		// The same directory has the same number: the watch stays. That is how to tell whether it is another.
		wd, err := unix.InotifyAddWatch(w.fd, on, mask)
		missing := errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)
		switch {
		case missing && on != "/":
			continue
		case err != nil:
			return watchError(on, err)
		}
		if wd != w.wd && w.wd >= 0 {
			_, _ = unix.InotifyRmWatch(w.fd, uint32(w.wd)) // it went by itself if the directory did
		}
		w.wd, w.on = wd, on
		if on == w.path {
			return nil
		}
		// What was missing may have come before the watch began.
		var st unix.Stat_t
		if next := w.next(); unix.Stat(next, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return nil
		}
		on = filepath.Join(w.path, "x") // once more from the start
	}
}

// next is the directory that is missing in the one that is watched.
func (w *watch) next() string {
	next := w.path
	for filepath.Dir(next) != w.on {
		next = filepath.Dir(next)
	}
	return next
}

// read returns what has happened.
func (w *watch) read() (changes []change, err error) {
	for {
		n, err := unix.Read(w.fd, w.buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return changes, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, watchError(w.path, err)
		}
		changes = w.parse(changes, w.buf[:n])
		if len(changes) >= 4096 { // enough at a time; poll(2) tells that there is more
			return changes, nil
		}
	}
}

// parse appends the changes in the events of a buffer.
func (w *watch) parse(changes []change, buf []byte) []change {
	for len(buf) >= unix.SizeofInotifyEvent {
		wd := int(int32(binary.NativeEndian.Uint32(buf)))
		mask := binary.NativeEndian.Uint32(buf[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[12:]))
		if end > len(buf) {
			break
		}
		name, _, _ := bytes.Cut(buf[unix.SizeofInotifyEvent:end], []byte{0})
		c := change{
			name: string(name), wd: wd, directory: mask&unix.IN_ISDIR != 0,
			cookie: binary.NativeEndian.Uint32(buf[8:]),
		}
		buf = buf[end:]
		switch {
		case mask&unix.IN_Q_OVERFLOW == 0 && wd != w.wd: // of a directory that was watched before
			continue
		case mask&elsewhereMask != 0, w.on != w.path:
			if mask&unix.IN_IGNORED != 0 {
				w.wd = -1
			}
			c = change{kind: everything}
		case mask&goneMask != 0:
			c.kind = went
		case mask&unix.IN_OPEN != 0 && (len(name) == 0 || c.directory): // somebody lists it
			continue
		case mask&unix.IN_OPEN != 0:
			c.kind = opened
		}
		changes = append(changes, c)
	}
	return changes
}
