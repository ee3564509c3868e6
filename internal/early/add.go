//go:build linux && (amd64 || arm64) && !race

package early

import "golang.org/x/sys/unix"

// add is "gons add NAME" in a run directory that is ready for it: a shared mount of its own, on which nobody else has the lock, and in the
// mount namespace of process 1. The steps are those of nsfile.Locked.CreateLast.
func (p *program) add() {
	var d lockedDir
	name, ok := p.lockFor(&d)
	if !ok {
		return
	}
	// Too short to be interrupted, and half of it is not to be left behind.
	var signals uint64
	if d.isHome(p.runDir) && blockSignals(&signals) == 0 {
		if d.create(name) {
			exit(0)
		}
		setSignals(signals)
	}
	closeFile(d.fd)
}

// A lockedDir is the run directory, open and with the lock on it.
type lockedDir struct{ fd int }

// lockFor is lock for a command with a plain name as its only argument, which is returned.
func (p *program) lockFor(d *lockedDir) (name *byte, ok bool) {
	if len(p.args) != 3 || !isPlainName(text(p.args[2])) {
		return nil, false
	}
	return p.args[2], p.lock(d)
}

// lock opens the run directory, if it is root's and so is the way to it, and takes the lock if it is free.
func (p *program) lock(d *lockedDir) bool {
	if !p.root || trustWay(p.runDir) != trusted {
		return false
	}
	var dir, none path
	dir.add(p.runDir)
	fd, errno := openAt(unix.AT_FDCWD, dir.start(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if errno != 0 {
		return false
	}
	d.fd = fd
	// It may have been removed, or become a mount of its own, before it was locked.
	var st, there unix.Statx_t
	const what = unix.STATX_BASIC_STATS | unix.STATX_MNT_ID_UNIQUE
	if flock(fd, unix.LOCK_EX|unix.LOCK_NB) == 0 && statAt(fd, none.start(), unix.AT_EMPTY_PATH, what, &st) == 0 &&
		statAt(unix.AT_FDCWD, dir.start(), 0, what, &there) == 0 && st.Mask&there.Mask&what == what &&
		st.Mnt_id == there.Mnt_id && st.Ino == there.Ino && isRoots(&st, false) {
		return true
	}
	closeFile(fd)
	return false
}

// isHome tells whether what is mounted in the directory, which is at where, is seen by all who use it: it is the root of a shared mount that is no slave,
// in the mount namespace of process 1.
func (d *lockedDir) isHome(where string) bool {
	var dir path
	dir.add(where)
	var st unix.Statx_t
	if statAt(unix.AT_FDCWD, dir.start(), 0, unix.STATX_MNT_ID_UNIQUE, &st) != 0 || st.Mask&unix.STATX_MNT_ID_UNIQUE == 0 ||
		st.Attributes&unix.STATX_ATTR_MOUNT_ROOT == 0 {
		return false
	}
	var about mountStat
	if lookAtMount(st.Mnt_id, statmountMntBasic, &about) != 0 || about.master != 0 || about.propagation&unix.MS_SHARED == 0 {
		return false
	}
	var own, first path
	own.add("/proc/self/ns/mnt")
	first.add("/proc/1/ns/mnt")
	var mine, firsts [64]byte
	m, errno1 := readLinkAt(unix.AT_FDCWD, own.start(), mine[:])
	f, errno2 := readLinkAt(unix.AT_FDCWD, first.start(), firsts[:])
	return errno1 == 0 && errno2 == 0 && m > 0 && m < len(mine) && m == f && mine == firsts
}

// ownMode is the mode of the file of an entry, as in package nsfile.
const ownMode = unix.S_ISVTX

// create makes the entry. After a failure there is none, and the process is where it was.
func (d *lockedDir) create(name *byte) bool {
	var net path
	net.add("/proc/self/ns/net")
	before, errno := openAt(unix.AT_FDCWD, net.start(), unix.O_RDONLY)
	if errno != 0 {
		return false
	}
	file, errno := openBeneath(d.fd, name, unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL, ownMode)
	if errno != 0 {
		closeFile(before)
		return false
	}
	var target path
	target.add("/proc/self/fd/")
	target.addNumber(file)
	if newNamespace(unix.CLONE_NEWNET) == 0 {
		if mount(net.start(), target.start(), unix.MS_BIND) == 0 {
			return true
		}
		enterNamespace(before, unix.CLONE_NEWNET)
	}
	d.discard(name, file)
	closeFile(file)
	closeFile(before)
	return false
}

// discard removes the file again, unless somebody has put his own in its place.
func (d *lockedDir) discard(name *byte, file int) {
	var none path
	var ours, there unix.Statx_t
	if statAt(file, none.start(), unix.AT_EMPTY_PATH, unix.STATX_INO, &ours) == 0 &&
		statAt(d.fd, name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_INO, &there) == 0 && ours.Ino == there.Ino {
		unlinkAt(d.fd, name)
	}
}
