package nsfile

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// A mountWatch tells what happens to the mounts of this mount namespace: each of them where the kernel does that, else only that
// something has changed.
type mountWatch struct {
	notices *mounts.Notifier  // nil: there is mountinfo only
	points  map[uint64]string // the entry for each mount seen that is still there, "" for one that is elsewhere
	dir     string            // the run directory without symlinks

	info    int // mountinfo, for poll(2)
	changed bool
}

// mountNews is what has happened to mounts.
type mountNews struct {
	attached, detached []string // entries
	brief              int      // mounts that may have been on any entry
	others             bool     // there were mounts elsewhere, or nobody knows where
	rescan             bool     // an entry can have changed, nobody knows which
	everything         bool     // the directory can have changed, or something was lost
}

func newMountWatch() (*mountWatch, error) {
	if notices, err := mounts.Notify(); err == nil {
		return &mountWatch{notices: notices, info: -1, points: map[uint64]string{}}, nil
	}
	return newMountinfoWatch()
}

func newMountinfoWatch() (*mountWatch, error) {
	const path = "/proc/thread-self/mountinfo"
	info, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &mountWatch{info: info}, nil
}

func (m *mountWatch) close() {
	if m.precise() {
		m.notices.Close()
	} else {
		_ = unix.Close(m.info)
	}
}

// precise tells whether mounts are known one by one.
func (m *mountWatch) precise() bool { return m.notices != nil }

// poll is what poll(2) is to wait for; then changed is to be set.
func (m *mountWatch) poll() unix.PollFd {
	if m.precise() {
		return unix.PollFd{Fd: int32(m.notices.Fd()), Events: unix.POLLIN}
	}
	return unix.PollFd{Fd: int32(m.info), Events: unix.POLLPRI}
}

// follow sees to it that the directory that now has the path is meant.
func (m *mountWatch) follow(d Dir) {
	dir, err := d.resolved()
	if err != nil {
		dir = string(d) // it does not exist yet
	}
	if dir != m.dir {
		clear(m.points) // where they are was told by the other one
		m.dir = dir
	}
}

// read returns what has happened since the last time.
func (m *mountWatch) read() (news mountNews, err error) {
	if !m.precise() {
		fds := []unix.PollFd{m.poll()}
		n, err := unix.Poll(fds, 0)
		if changed := m.changed || err == nil && n > 0; changed {
			news = mountNews{brief: 1, others: true, rescan: true}
		}
		m.changed = false
		return news, nil
	}
	m.changed = false
	for {
		notices, err := m.notices.Read()
		if err != nil || len(notices) == 0 {
			return news, err
		}
		for _, n := range notices {
			m.note(n, &news)
		}
	}
}

// note adds one notice to the news.
func (m *mountWatch) note(n mounts.Notice, news *mountNews) {
	if n.Lost {
		clear(m.points)
		news.brief++
		news.everything = true
		return
	}
	if n.Gone {
		switch name, ok := m.points[n.ID]; {
		case !ok:
			news.rescan = true
		case name != "":
			news.detached = append(news.detached, name)
		}
		delete(m.points, n.ID)
		news.others = true
	}
	if !n.Attached {
		return
	}
	point, err := mounts.PointOf(n.ID)
	switch {
	case errors.Is(err, unix.ENOENT):
		news.brief++
		m.points[n.ID] = ""
	case err != nil:
		news.brief++
		news.rescan = true
	case filepath.Dir(point) == m.dir:
		name := filepath.Base(point)
		m.points[n.ID] = name
		news.attached = append(news.attached, name)
	case point == "/" || point == m.dir || strings.HasPrefix(m.dir, point+"/"):
		news.everything = true // and when it goes, as it is not among points
	default:
		m.points[n.ID] = ""
		news.others = true
	}
}
