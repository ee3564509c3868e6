//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A partner is a second process that does a part of the work on another processor. Both see what is in the memory of the partner; all else the
// partner has as it was when it was started.
type partner struct {
	done *byte // set by the partner when it has done its part
	pid  int   // 0 in the partner itself
}

// memory returns shared memory of that size, which is zero; nil if there is none. It is to be called once, before start.
func (p *partner) memory(size int) unsafe.Pointer {
	const head = 64
	memory := newMemory(head+size, true)
	if memory == nil {
		return nil
	}
	p.done = (*byte)(memory)
	return unsafe.Add(memory, head)
}

// start starts the partner. It returns in both processes.
func (p *partner) start() bool {
	pid, errno := fork()
	if errno != 0 {
		return false
	}
	p.pid = pid
	return true
}

// isMe tells whether this is the partner.
func (p *partner) isMe() bool { return p.pid == 0 }

// end ends the partner.
func (p *partner) end(ok bool) {
	if ok {
		*p.done = 1
	}
	exit(0)
}

// join waits for the end of the partner and reports whether it has done its part. Its exit status is of no use: there is none if signals from
// children are ignored.
func (p *partner) join() bool {
	var status uint32
	for wait(p.pid, &status) == unix.EINTR {
		continue
	}
	return *p.done == 1
}
