package nsfile

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// NamesOf returns the names of the namespace ns in byte order, symlinks among them. A directory that does not exist has none. The error is
// an [os.PathError] if the directory cannot be read.
func (d Dir) NamesOf(ns netns.NsHandle) ([]string, error) {
	var want unix.Stat_t
	if err := unix.Fstat(int(ns), &want); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	dir, err := os.Open(string(d))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	all, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var found []string
	var mu sync.Mutex
	look := func(names []string) {
		for _, name := range names {
			var st unix.Stat_t
			// A name that went away, or leads nowhere, is none of this namespace's.
			if unix.Fstatat(int(dir.Fd()), name, &st, 0) == nil && st.Dev == want.Dev && st.Ino == want.Ino &&
				!isTemporary(name) && d.checkProcess(name) == nil {
				mu.Lock()
				found = append(found, name)
				mu.Unlock()
			}
		}
	}
	// One share for each core, unless there are so few that another thread would cost more than it saves.
	share := max(256, (len(all)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var work sync.WaitGroup
	for len(all) > share {
		names := all[:share]
		all = all[share:]
		work.Go(func() { look(names) })
	}
	look(all)
	work.Wait()
	slices.Sort(found)
	return found, nil
}
