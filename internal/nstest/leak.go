package nstest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long what is on its way out may take: threads end and children are reaped a little later than the call
// returns that caused it.
const patience = 3 * time.Second

// A state is what tests must leave as they found it.
type state struct {
	mounts  []string
	fds     []string
	net     string
	mnt     string
	threads []string // those in other namespaces than the main thread's
}

func snapshot() (*state, error) {
	s := &state{}
	info, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(info)) {
		// Field 5 is the mount point. What has a master is the machine's, and may come and go as the machine likes.
		if fields := strings.Fields(line); len(fields) > 4 && !strings.Contains(line, " master:") {
			s.mounts = append(s.mounts, fields[4])
		}
	}
	slices.Sort(s.mounts)
	// /proc/self is safe here: threads share their descriptors, and the main thread is never switched.
	if s.fds, err = openFiles("/proc/self/fd"); err != nil {
		return nil, err
	}
	if s.net, err = os.Readlink("/proc/self/task/" + fmt.Sprint(os.Getpid()) + "/ns/net"); err != nil {
		return nil, err
	}
	if s.mnt, err = os.Readlink("/proc/self/task/" + fmt.Sprint(os.Getpid()) + "/ns/mnt"); err != nil {
		return nil, err
	}
	s.threads, err = switchedThreads(s.net, s.mnt)
	return s, err
}

// openFiles lists what is open, without the descriptors of the runtime that come and go.
func openFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		target, err := os.Readlink(dir + "/" + e.Name())
		if err != nil || strings.HasPrefix(target, "anon_inode:[event") || strings.HasSuffix(target, "/fd") ||
			strings.HasPrefix(target, "anon_inode:[pidfd") {
			continue
		}
		files = append(files, e.Name()+" -> "+target)
	}
	slices.Sort(files)
	return files, nil
}

func switchedThreads(net, mnt string) ([]string, error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, err
	}
	var switched []string
	for _, t := range tasks {
		dir := "/proc/self/task/" + t.Name() + "/ns/"
		tnet, err1 := os.Readlink(dir + "net")
		tmnt, err2 := os.Readlink(dir + "mnt")
		if err1 == nil && err2 == nil && (tnet != net || tmnt != mnt) {
			switched = append(switched, fmt.Sprintf("thread %s in %s %s", t.Name(), tnet, tmnt))
		}
	}
	return switched, nil
}

// check compares the present with s, and waits a moment for the two to become equal.
func (s *state) check() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		now, err := snapshot()
		if err != nil {
			return err
		}
		err = s.differs(now)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func (s *state) differs(now *state) error {
	switch {
	case !slices.Equal(s.mounts, now.mounts):
		return fmt.Errorf("the tests changed the mounts: %v", difference(s.mounts, now.mounts))
	case !slices.Equal(s.fds, now.fds):
		return fmt.Errorf("the tests leaked descriptors: %v", difference(s.fds, now.fds))
	case len(now.threads) > 0:
		return fmt.Errorf("the tests left switched threads: %v", now.threads)
	case s.net != now.net || s.mnt != now.mnt:
		return fmt.Errorf("the tests switched the main thread")
	}
	if child, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err == nil {
		return fmt.Errorf("the tests left a child behind (%d)", child)
	}
	return nil
}

// difference lists what is only in one of a and b.
func difference(a, b []string) []string {
	var d []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			d = append(d, "-"+x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			d = append(d, "+"+x)
		}
	}
	return d
}
