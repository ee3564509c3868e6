package nsfile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// NamesOf returns the names of the namespace ns in byte order, symlinks among them. A directory that does not exist has none. The error is
// a [DirError].
func (d Dir) NamesOf(ns netns.NsHandle) ([]string, error) {
	s := nameSearch{dir: d}
	if err := unix.Fstat(int(ns), &s.want); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	var err error
	s.at, err = unix.Open(string(d), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, d.readError(err)
	}
	defer unix.Close(s.at)
	if err := s.run(); err != nil {
		return nil, d.readError(err)
	}
	slices.Sort(s.found)
	return s.found, nil
}

// A nameSearch looks for the names of a namespace.
type nameSearch struct {
	dir   Dir
	at    int // the directory
	want  unix.Stat_t
	mu    sync.Mutex
	found []string
}

const (
	searchShare   = 64 // names at a time for each thread
	searchWaiting = 64 // shares that are ready at most
)

// run goes through the directory. As soon as there is more than one share other threads take part, while the rest is being read.
func (s *nameSearch) run() error {
	shares := make(chan []string, searchWaiting)
	var others sync.WaitGroup
	work := func() {
		for names := range shares {
			s.look(names)
		}
	}
	idle := runtime.GOMAXPROCS(0) - 1
	buf := make([]byte, 32<<10)
	for {
		n, err := unix.Getdents(s.at, buf)
		if err != nil || n <= 0 {
			close(shares)
			work()
			others.Wait()
			return err
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for share := range slices.Chunk(names, searchShare) {
			select {
			case shares <- share:
			default:
				s.look(share)
			}
			if idle > 0 && len(shares) > 1 {
				idle--
				others.Go(work)
			}
		}
	}
}

// look looks at some names.
func (s *nameSearch) look(names []string) {
	for _, name := range names {
		var st unix.Stat_t
		// A name that went away, or leads nowhere, is none of this namespace's.
		if unix.Fstatat(s.at, name, &st, 0) == nil && st.Dev == s.want.Dev && st.Ino == s.want.Ino &&
			!isTemporary(name) && s.dir.checkProcess(name) == nil {
			s.mu.Lock()
			s.found = append(s.found, name)
			s.mu.Unlock()
		}
	}
}
