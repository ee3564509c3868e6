//go:build linux && (amd64 || arm64) && !race

package early

import "golang.org/x/sys/unix"

// delete is "gons delete NAME" for a name on which a namespace is mounted. The steps are those of nsfile.Locked.Remove.
func (p *program) delete() {
	var d lockedDir
	name, ok := p.lockFor(&d)
	if !ok {
		return
	}
	var signals uint64
	if !p.hasNotes() && blockSignals(&signals) == 0 {
		if d.remove(name) {
			exit(0)
		}
		setSignals(signals)
	}
	closeFile(d.fd)
}

// hasNotes tells whether there may be notes of whose namespaces the names are, one of which would have to be removed with its name.
func (p *program) hasNotes() bool {
	var notes path
	notes.add(p.runDir)
	notes.add(".gons")
	var st unix.Statx_t
	return notes.long || statAt(unix.AT_FDCWD, notes.start(), unix.AT_SYMLINK_NOFOLLOW, unix.STATX_INO, &st) != unix.ENOENT
}

// remove takes the entry away. After a failure it is as it was.
func (d *lockedDir) remove(file *byte) bool {
	var here path
	here.add(".")
	var h nsHandle
	// The mount has to go before the file can: find out first whether the file will.
	if accessAt(d.fd, here.start(), unix.W_OK|unix.X_OK) != 0 || !netHandle(d.fd, file, &h) {
		return false
	}
	// Held open, it can be put back, for which another descriptor has to be free.
	ns, errno := openHandle(nsfsRoot, &h)
	if errno != 0 {
		return false
	}
	spare, errno := duplicate(ns)
	if errno != 0 {
		closeFile(ns)
		return false
	}
	var point path
	point.add("/proc/self/fd/")
	point.addNumber(d.fd)
	point.add("/")
	point.add(text(file))
	isGone := unmount(point.start()) == 0
	if isGone && unlinkAt(d.fd, file) == 0 {
		return true
	}
	closeFile(spare)
	if isGone {
		d.putBack(file, ns)
	}
	closeFile(ns)
	return false
}

// putBack mounts the namespace on its file again.
func (d *lockedDir) putBack(name *byte, ns int) {
	file, errno := openBeneath(d.fd, name, unix.O_PATH, 0)
	if errno != 0 {
		return
	}
	var source, target path
	source.add("/proc/self/fd/")
	source.addNumber(ns)
	target.add("/proc/self/fd/")
	target.addNumber(file)
	mount(source.start(), target.start(), unix.MS_BIND)
	closeFile(file)
}
