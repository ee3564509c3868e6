//go:build linux && (amd64 || arm64) && !race

package early

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxPIDs is how many processes of one namespace each of the two who look can tell.
const maxPIDs = 1 << 15

// A found is what one of them has found. Both have pages of their own, as processors should not share memory that they write to.
type found struct {
	count int
	pids  [maxPIDs]int32
}

// pids is "gons pids NAME" where the output is no terminal and every process lets itself be looked at.
func (p *program) pids() {
	if len(p.args) != 3 || !isPlainOutput() {
		return
	}
	var h nsHandle
	ns, ok := p.openEntry(text(p.args[2]), &h)
	if !ok {
		return
	}
	if isOwnProc() {
		showPIDs(h.ino)
	}
	closeFile(ns)
}

// showPIDs writes the numbers of the processes in the namespace and ends the process, if all is plain.
func showPIDs(ino uint32) {
	var name path
	name.add("/proc")
	proc, errno := openAt(unix.AT_FDCWD, name.start(), unix.O_RDONLY|unix.O_DIRECTORY)
	if errno != 0 {
		return
	}
	var with partner
	memory := with.memory(2 * int(unsafe.Sizeof(found{})))
	if memory == nil {
		return
	}
	both := (*[2]found)(memory)
	look := pidSearch{proc: proc, with: &with, found: &both[0], other: &both[1]}
	look.link.add("net:[")
	look.link.addNumber(int(ino))
	look.link.add("]")
	ok := look.run()
	if with.pid != 0 {
		ok = with.join() && ok
	}
	if !ok {
		return
	}
	all := (*[2 * maxPIDs]int32)(newMemory(2*maxPIDs*4, false))
	room := newMemory(2*maxPIDs*12, false)
	if all == nil || room == nil {
		return
	}
	n := copy(all[:], both[0].pids[:both[0].count])
	n += copy(all[n:], both[1].pids[:both[1].count])
	slices.Sort(all[:n])
	out := output{room: unsafe.Slice((*byte)(room), 2*maxPIDs*12)}
	for _, pid := range all[:n] {
		if int(pid) != with.pid {
			out.addNumber(uint64(pid))
			out.add("\n")
		}
	}
	out.finish()
}

// A pidSearch looks for the processes whose network namespace is what the link says.
type pidSearch struct {
	proc         int
	link         path
	with         *partner
	found, other *found // by this process, by its partner
	room         [2048]byte
}

// run looks at all processes, or with a partner at some of them. The kernel lets one after the other read on in the directory where the
// last one has stopped. The pieces are small, so that both end at the same time, and what has just been read of a process is still in the
// cache when it is looked at.
func (s *pidSearch) run() bool {
	n, ok := s.next()
	if ok && n > len(s.room)/2 { // there are more than one piece
		if !s.with.start() {
			return false
		}
		if s.with.isMe() {
			s.found = s.other
			n, ok = s.next()
			s.with.end(ok && s.rest(n))
		}
	}
	return ok && s.rest(n)
}

// next reads the next piece of the directory and returns its size, 0 at the end.
func (s *pidSearch) next() (int, bool) {
	n, errno := getDents(s.proc, s.room[:])
	return n, errno == 0 && n >= 0 && n <= len(s.room)
}

// rest looks at the piece that has been read, and at all that follow.
func (s *pidSearch) rest(n int) bool {
	for ok := true; n > 0; n, ok = s.next() {
		if !ok || !s.look(s.room[:n]) {
			return false
		}
	}
	return true
}

// look looks at the processes in a piece of the directory.
func (s *pidSearch) look(piece []byte) bool {
	for len(piece) > direntName {
		size := int(*(*uint16)(unsafe.Pointer(&piece[direntSize])))
		if size <= direntName || size > len(piece) {
			return false
		}
		name := text(&piece[direntName])
		piece = piece[size:]
		if pid := parseNumber(name); pid != 0 && !s.lookAt(name, pid) {
			return false
		}
	}
	return true
}

// lookAt looks at one process.
func (s *pidSearch) lookAt(name string, pid int) bool {
	var file path
	file.add(name)
	file.add("/ns/net")
	var link [32]byte
	n, errno := readLinkAt(s.proc, file.start(), link[:])
	switch {
	case errno == unix.ENOENT || errno == unix.ESRCH:
		return s.isGone(name)
	case errno != 0 || n < 0 || n >= len(link):
		return false
	case unsafe.String(&link[0], n) != s.link.string():
		return true
	case s.found.count == maxPIDs:
		return false
	}
	s.found.pids[s.found.count] = int32(pid)
	s.found.count++
	return true
}

// isGone tells whether all of a process that is in no namespace has ended. A main thread that has leaves a zombie for as long as other
// threads run.
func (s *pidSearch) isGone(name string) bool {
	var tasks path
	tasks.add(name)
	tasks.add("/task")
	var st unix.Statx_t
	errno := statAt(s.proc, tasks.start(), 0, unix.STATX_BASIC_STATS, &st)
	return errno == unix.ENOENT || errno == unix.ESRCH || errno == 0 && st.Nlink == 3
}
