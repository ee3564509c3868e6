//go:build linux && (amd64 || arm64) && !race

package early

import "golang.org/x/sys/unix"

// An etc is the directory of the files that lie over those in /etc in one namespace.
type etc struct{ dir path } // empty if there is none

// findEtc finds the directory, and trusts none that others than root can change.
func (p *program) findEtc(name string, e *etc) bool {
	if p.etcDir != defaultEtcDir { // who can write to / or /etc has the machine
		switch trustWay(p.etcDir) {
		case missing:
			return true
		case doubtful:
			return false
		}
	}
	e.dir.add(p.etcDir)
	verdict := trustDir(e.dir.start())
	if verdict == trusted {
		e.dir.add("/")
		e.dir.add(name)
		verdict = trustDir(e.dir.start())
	}
	if verdict == missing {
		e.dir.cut(0)
	}
	return verdict != doubtful && !e.dir.long
}

// cover mounts each file of the directory over the one of that name in /etc.
func (e *etc) cover() bool {
	if e.dir.size == 0 {
		return true
	}
	var files directory
	if !files.read(e.dir.start()) {
		return false
	}
	closeFile(files.fd)
	size := e.dir.size
	for _, file := range files.names {
		var target path
		target.add("/etc/")
		target.add(file.name)
		e.dir.add("/")
		e.dir.add(file.name)
		if e.dir.long || target.long || mount(e.dir.start(), target.start(), unix.MS_BIND) != 0 {
			return false
		}
		e.dir.cut(size)
	}
	return true
}
