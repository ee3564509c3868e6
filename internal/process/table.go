package process

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// What /proc can be asked in vain for, beside errnos such as EACCES.
var (
	ErrNone      = errors.New("there is no such process")
	ErrOtherPIDs = errors.New("/proc shows the processes of another PID namespace")
)

// Self is the number that /proc has for this process. It is another one than [os.Getpid] tells if /proc belongs to an outer PID
// namespace, as after "unshare --pid --fork", and there is none, which is ENOENT, if it belongs to any other.
func Self() (int, error) {
	link, err := os.Readlink("/proc/self") // safe: the link is made of the process id, not of a namespace
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(link)
}

// A Table is the processes of the PID namespace that this process is in, as far as the caller may see them.
type Table struct{ fd int }

// Open opens /proc; the caller closes it. The error is [ErrOtherPIDs] if the numbers in it are not those that this process
// knows others by, or says why it cannot be opened.
func Open() (*Table, error) {
	self, err := Self()
	if errors.Is(err, unix.ENOENT) {
		if _, err := os.Stat("/proc/stat"); err == nil {
			return nil, ErrOtherPIDs
		}
	}
	switch {
	case err != nil:
		return nil, err
	case self != os.Getpid():
		return nil, ErrOtherPIDs
	}
	fd, err := openDir()
	if err != nil {
		return nil, err
	}
	return &Table{fd}, nil
}

// Fd is the descriptor of the directory.
func (t *Table) Fd() int { return t.fd }

// Close gives the descriptor back.
func (t *Table) Close() { _ = unix.Close(t.fd) }

// Numbers returns the entries of an open directory that are numbers, in ascending order: those of /proc/PID/task or /proc/PID/fd.
func Numbers(dir int) (found []int, err error) {
	buf := make([]byte, 4096)
	for {
		n, err := readEntries(dir, buf)
		if err != nil || n == 0 {
			slices.Sort(found)
			return found, err
		}
		for number := range numbersIn(buf[:n]) {
			found = append(found, number)
		}
	}
}

// List returns the numbers of the processes in /proc, in ascending order, whatever PID namespace they are of: they are good for paths
// below /proc, and for nothing else.
func List() ([]int, error) {
	dir, err := openDir()
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	return Numbers(dir)
}

func openDir() (int, error) {
	fd, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: "/proc", Err: err}
	}
	return fd, nil
}

// Numbers returns the process ids, in ascending order.
func (t *Table) Numbers() ([]int, error) {
	if _, err := unix.Seek(t.fd, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	return Numbers(t.fd)
}

// Workers is how many goroutines [Table.Each] uses at most.
func Workers() int { return runtime.GOMAXPROCS(0) }

// share is how many bytes of the directory a goroutine takes at a time, some 60 processes. It is small, so that all
// come to an end at the same time, and what the kernel has just had in its hands to list a process is still in the cache when
// it is looked at.
const share = 2048

// Each calls visit with each process once, from several goroutines, which are numbered from 0. A process that is there
// from the beginning to the end is not left out. One that returns an error gets no more of them; the errors are returned.
//
// There are as many goroutines as cores, but each is started only when the one before it has found something to do.
func (t *Table) Each(visit func(worker, pid int) error) error {
	if _, err := unix.Seek(t.fd, 0, unix.SEEK_SET); err != nil {
		return err
	}
	errs := make([]error, Workers())
	var others sync.WaitGroup
	var run func(worker int)
	run = func(worker int) {
		next := worker + 1
		buf := make([]byte, share)
		for errs[worker] == nil {
			// The kernel lets one after another read on where the last one has stopped.
			n, err := readEntries(t.fd, buf)
			if errs[worker] = err; n == 0 {
				return
			}
			if next < len(errs) {
				worker := next
				next = len(errs)
				others.Go(func() { run(worker) })
			}
			for pid := range numbersIn(buf[:n]) {
				if errs[worker] = visit(worker, pid); errs[worker] != nil {
					break
				}
			}
		}
	}
	run(0)
	others.Wait()
	return errors.Join(errs...)
}

// readEntries reads some entries of a directory into buf, which must have room for one, and returns their length, 0 at the end.
func readEntries(dir int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		if !errors.Is(err, unix.EINTR) {
			return max(0, n), err
		}
	}
}

// numbersIn yields those of the entries, as getdents64(2) returns them, that are numbers.
func numbersIn(entries []byte) func(yield func(int) bool) {
	const length, name = 16, 19 // where they are in an entry
	return func(yield func(int) bool) {
		for len(entries) > name {
			end := binary.NativeEndian.Uint16(entries[length:])
			if n, ok := number(entries[name:end]); ok && !yield(n) {
				return
			}
			entries = entries[end:]
		}
	}
}

// number reads a decimal number that a zero byte ends.
func number(text []byte) (n int, ok bool) {
	for i, c := range text {
		switch {
		case c == 0:
			return n, i > 0
		case c < '0' || c > '9' || n > 1<<26:
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return 0, false
}
