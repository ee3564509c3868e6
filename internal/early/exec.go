//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"gons/internal/exec"

	"golang.org/x/sys/unix"
)

// exec is "gons exec [--no-mounts] NAME COMMAND [ARG...]" for a name that is no symlink. As in package exec, the command is looked for
// inside, after everything else is done.
func (p *program) exec() {
	at, withMounts := 2, true
	if len(p.args) > at && text(p.args[at]) == "--no-mounts" {
		at, withMounts = 3, false
	}
	if len(p.args) < at+2 {
		return
	}
	name, command := text(p.args[at]), p.args[at+1:]
	if text(command[0]) == "--" {
		command = command[1:]
	}
	if len(command) == 0 || !p.root || !isOrdinary() || withMounts && isInCovered() {
		return
	}
	var h nsHandle
	ns, ok := p.openEntry(name, &h)
	if !ok {
		return
	}
	var own etc
	if p.findEtc(name, &own) && !isInVRF() {
		var here place
		if here.open() {
			if enterNamespace(ns, unix.CLONE_NEWNET) == 0 {
				if !withMounts || here.newMounts(name, &own) {
					p.run(name, command)
				}
				here.comeBack()
			}
		}
		here.close()
	}
	closeFile(ns)
}

// isOrdinary tells whether the process may do all that takes to go back as well: the capabilities that count are of no use for that in a
// user namespace.
func isOrdinary() bool {
	const needed = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SYS_CHROOT
	var has [2]unix.CapUserData
	if getCapabilities(&has) != 0 || has[0].Effective&needed != needed {
		return false
	}
	var users path
	users.add("/proc/self/ns/user")
	var st unix.Statx_t
	const first = 0xeffffffd // PROC_USER_INIT_INO (linux/proc_ns.h)
	return statAt(unix.AT_FDCWD, users.start(), 0, unix.STATX_INO, &st) == 0 && st.Ino == first
}

// isInCovered tells whether the working directory is one that mounts may cover.
func isInCovered() bool {
	var dir [unix.PathMax]byte
	n, errno := getCwd(dir[:])
	if errno != 0 || n < 1 || n > len(dir) {
		return true
	}
	wd := unsafe.String(&dir[0], n-1)
	return isBelow(wd, "/sys") || isBelow(wd, "/etc")
}

func isBelow(path, dir string) bool {
	return hasPrefix(path, dir) && (len(path) == len(dir) || path[len(dir)] == '/')
}

// isInVRF tells whether the process may have been started by "ip vrf exec", which makes control groups PREFIX/vrf/NAME.
func isInVRF() bool {
	var groups path
	groups.add("/proc/self/cgroup")
	fd, errno := openAt(unix.AT_FDCWD, groups.start(), unix.O_RDONLY)
	if errno != 0 {
		return true
	}
	var content [2048]byte
	n, errno := read(fd, content[:])
	closeFile(fd)
	return errno != 0 || n <= 0 || n >= len(content) || contains(unsafe.String(&content[0], n), "/vrf/")
}

// A place is where the process was started: its namespaces and directories.
type place struct {
	files  [4]int // network and mount namespace, root and working directory
	count  int
	mounts bool // the mount namespace is another one by now
}

func (p *place) open() bool {
	for i := range p.files {
		var file path
		flags := unix.O_RDONLY
		switch i {
		case 0:
			file.add("/proc/self/ns/net")
		case 1:
			file.add("/proc/self/ns/mnt")
		case 2:
			file.add("/")
			flags = unix.O_PATH
		case 3:
			file.add(".")
			flags = unix.O_PATH
		}
		fd, errno := openAt(unix.AT_FDCWD, file.start(), flags)
		if errno != 0 {
			return false
		}
		p.files[i] = fd
		p.count++
	}
	return true
}

// comeBack goes back there. Where that is impossible, which isOrdinary has ruled out as far as one can know, the process must not go on.
func (p *place) comeBack() {
	var here path
	here.add(".")
	if enterNamespace(p.files[0], unix.CLONE_NEWNET) != 0 || p.mounts && (enterNamespace(p.files[1], unix.CLONE_NEWNS) != 0 ||
		changeDir(p.files[2]) != 0 || changeRoot(here.start()) != 0 || changeDir(p.files[3]) != 0) {
		complain("gons: error: the way back from the namespace is barred\n")
		exit(statusPrepare)
	}
}

func (p *place) close() {
	for _, fd := range p.files[:p.count] {
		closeFile(fd)
	}
}

const statusPrepare = 125 // as in the rest of gons

// newMounts gives the process a mount namespace of its own with the /sys and the /etc of the network namespace, and keeps what is mounted
// below /sys. The new sysfs is made first, as that is what is refused most often.
func (p *place) newMounts(name string, own *etc) bool {
	if newNamespace(unix.CLONE_NEWNS) != 0 {
		return false
	}
	p.mounts = true
	var root, sys path
	root.add("/")
	sys.add("/sys")
	fresh, ok := newSysfs(sys.start(), name)
	if !ok {
		return false
	}
	var below keptMounts
	ok = mount(nil, root.start(), unix.MS_SLAVE|unix.MS_REC) == 0 && keepBelow("/sys", &below) &&
		unmount(sys.start()) == 0 && attach(fresh, sys.start()) == 0 && below.restore() && own.cover()
	below.close()
	closeFile(fresh)
	return ok
}

// isNamedAgain tells whether one of the others is a variable of the same name.
func isNamedAgain(entry *byte, others []*byte) bool {
	name, _ := cutAt(text(entry), '=')
	for _, other := range others {
		if *other == *entry {
			if kv := text(other); hasPrefix(kv, name) && len(kv) > len(name) && kv[len(name)] == '=' {
				return true
			}
		}
	}
	return false
}

// run replaces the process by the command, in an environment with GONS_NETNS. It returns if there is anything to be said about that.
func (p *program) run(name string, command []*byte) {
	var variable path
	variable.add(exec.EnvName + "=")
	var env [1024]*byte
	if len(p.env)+2 > len(env) {
		return
	}
	n := 0
	for i, entry := range p.env {
		// The rest of gons takes those out of which nobody knows what they mean.
		if *entry == 0 || isNamedAgain(entry, p.env[i+1:]) {
			return
		}
		if *entry != 'G' || !hasPrefix(text(entry), variable.string()) {
			env[n] = entry
			n++
		}
	}
	variable.add(name)
	env[n] = variable.start()
	word := text(command[0])
	args := unsafe.SliceData(command) // a zero follows, as the kernel has put it there
	if _, rest := cutAt(word, '/'); word == "" || rest != "" {
		execute(command[0], args, &env[0])
		return
	}
	for dirs := p.path; ; dirs = dirs[1:] {
		var dir string
		dir, dirs = cutAt(dirs, ':')
		var file path
		switch {
		case dir == "": // the working directory, as in execvp(3)
			file.add(".")
		case dir[len(dir)-1] == '/':
			file.add(dir[:len(dir)-1])
		default:
			file.add(dir)
		}
		file.add("/")
		file.add(word)
		if file.long {
			return
		}
		// To look first is cheaper than to try, which makes a copy of the environment for every directory of PATH.
		if accessAt(unix.AT_FDCWD, file.start(), unix.F_OK) != unix.ENOENT {
			execute(file.start(), args, &env[0])
			return
		}
		if dirs == "" {
			return
		}
	}
}
