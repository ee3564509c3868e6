//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// identify is "gons identify [PID]" where the output is no terminal and the names of the namespace are plain and no symlinks.
func (p *program) identify() {
	var of path
	of.add("/proc/self/ns/net")
	switch {
	case len(p.args) > 3 || !isPlainOutput():
		return
	case len(p.args) == 3:
		pid := parseNumber(text(p.args[2]))
		if pid == 0 || !isOwnProc() {
			return
		}
		of.cut(len("/proc/"))
		of.addNumber(pid)
		of.add("/ns/net")
	}
	// Open, so that no other namespace gets its number meanwhile.
	ns, errno := openAt(unix.AT_FDCWD, of.start(), unix.O_RDONLY)
	if errno == 0 {
		p.showNames(ns)
		closeFile(ns)
	}
}

// showNames writes the names of the namespace and ends the process, if all is plain.
func (p *program) showNames(ns int) {
	var empty, name path
	var want unix.Statx_t
	var dir directory
	name.add(p.runDir)
	if statAt(ns, empty.start(), unix.AT_EMPTY_PATH, unix.STATX_INO, &want) != 0 || !dir.read(name.start()) {
		return
	}
	size := len(dir.names)*256 + 1
	room := newMemory(size, false)
	if room == nil {
		return
	}
	out := output{room: unsafe.Slice((*byte)(room), size)}
	for _, entry := range dir.names {
		var st unix.Statx_t
		errno := statAt(dir.fd, unsafe.StringData(entry.name), 0, unix.STATX_INO, &st)
		if errno == unix.ENOENT { // it has gone, or leads nowhere
			continue
		}
		if errno != 0 {
			return
		}
		if st.Ino != want.Ino || st.Dev_major != want.Dev_major || st.Dev_minor != want.Dev_minor {
			continue
		}
		if entry.kind != unix.DT_REG || !isPlainName(entry.name) {
			return
		}
		out.add(entry.name)
		out.add("\n")
	}
	out.finish()
}

// isOwnProc tells whether /proc shows the processes of the PID namespace that this one is in.
func isOwnProc() bool {
	var self path
	self.add("/proc/self")
	var link [16]byte
	n, errno := readLinkAt(unix.AT_FDCWD, self.start(), link[:])
	return errno == 0 && n > 0 && n < len(link) && parseNumber(unsafe.String(&link[0], n)) == processID()
}
