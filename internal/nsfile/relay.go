package nsfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gons/internal/mounts"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// A relay makes mounts in the mount namespace of another process.
type relay struct {
	mnt, root *os.File // the mount namespace and the root directory of the process
	point     string   // the run directory there
}

// newRelay opens the way to h, which has to lead to the directory fd, and prepares the run directory there. EACCES
// and EPERM mean that the caller has fewer rights than the process.
func newRelay(h home, fd int) (r *relay, err error) {
	r = &relay{point: h.point}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.mnt, err = os.Open(fmt.Sprintf("/proc/%d/ns/mnt", h.pid)); err != nil {
		return nil, err
	}
	root := fmt.Sprintf("/proc/%d/root", h.pid)
	if r.root, err = os.OpenFile(root, unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
		return nil, err
	}
	var here, there unix.Stat_t
	if err := unix.Fstat(fd, &here); err != nil {
		return nil, err
	}
	if err := unix.Stat(root+h.point, &there); err != nil {
		return nil, err
	}
	if here.Dev != there.Dev || here.Ino != there.Ino {
		return nil, errMoved
	}
	return r, r.do(func() error { return mounts.ShareConnected(r.point) })
}

// do runs fn on a thread that is in the other mount namespace.
func (r *relay) do(fn func() error) error {
	return nsthread.Do(func(t *nsthread.Thread) error {
		if err := t.SetMount(int(r.mnt.Fd()), int(r.root.Fd())); err != nil {
			return err
		}
		return fn()
	})
}

// bind mounts the namespace at source, a path of the calling thread, on the entry name, whose file is open here.
func (r *relay) bind(source, name string, file int) error {
	ns, err := os.Open(source)
	if err != nil {
		return err
	}
	defer ns.Close()
	return r.do(func() error {
		there, err := r.open(name, file)
		if err != nil {
			return err
		}
		defer unix.Close(there)
		return bindOn(fmt.Sprintf("/proc/thread-self/fd/%d", ns.Fd()), there, filepath.Join(r.point, name))
	})
}

// open opens the entry name as it is seen in the other mount namespace, where the thread has to be. It must be the file that is
// open here: what is mounted on a descriptor of that would be mounted here.
func (r *relay) open(name string, file int) (int, error) {
	dir, err := unix.Open(r.point, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open run directory %q: %w", r.point, err)
	}
	defer unix.Close(dir)
	fd, err := openBeneath(dir, name, unix.O_PATH, 0)
	if err != nil {
		return -1, fmt.Errorf("open %q: %w", filepath.Join(r.point, name), err)
	}
	var here, there unix.Stat_t
	err = errors.Join(unix.Fstat(file, &here), unix.Fstat(fd, &there))
	if err == nil && (here.Dev != there.Dev || here.Ino != there.Ino) {
		err = errMoved
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("open %q: %w", filepath.Join(r.point, name), err)
	}
	return fd, nil
}

func (r *relay) close() {
	for _, f := range []*os.File{r.mnt, r.root} {
		if f != nil {
			_ = f.Close()
		}
	}
}
