package nsfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

// A Source records for whom a symlink of the run directory was made. The run directory itself can hold nothing but entries,
// as ip(8) takes every file in it for one; so the records are beside it, in a directory with ".gons" at the end of its name.
//
// A record is about one text of the symlink. Where somebody else has removed or changed the link meanwhile it says nothing, and it
// can be removed at any time without harm.
type Source struct {
	Link      string `json:"link"`
	Engine    string `json:"engine"` // "docker" or "podman"
	ID        string `json:"id"`     // of the container
	Container string `json:"container"`
	Follow    bool   `json:"follow,omitempty"` // to be removed when the container ends
	Start     uint64 `json:"start,omitempty"`  // of the process that Link is about, see startOf; [Locked.Link] sets it
}

// covers tells whether the symlink, which is in this state, was made for the container of o. One that is dead may also have been made for
// another container of that name: containers are removed and made anew all the time.
func (s Source) covers(o Source, link string, state State) bool {
	if s.Engine != o.Engine {
		return false
	}
	if state == OK {
		return s.ID == o.ID && s.Link == link
	}
	return s.ID == o.ID || s.Container == o.Container
}

// maxRecord is far more than a record has.
const maxRecord = 64 << 10

func (d Dir) sources() string { return filepath.Clean(string(d)) + ".gons" }

// Source returns the record of an entry; there is none for one that is no symlink.
func (d Dir) Source(e Entry) (Source, bool) {
	if e.Link == "" {
		return Source{}, false
	}
	s, ok, err := d.readSource(e.Name)
	return s, err == nil && ok && s.Link == e.Link
}

// openSources opens the directory of the records if nobody else can change it. Whoever else owns what has that name, a symlink
// for instance, must not choose which files are read, written and removed.
func (d Dir) openSources() (int, error) {
	fd, err := unix.Open(d.sources(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: d.sources(), Err: err}
	}
	if err := trust.Open(fd, d.sources(), false); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// readSource returns the record of the entry name, if there is one that can be trusted and understood. The error is one of reading it.
func (d Dir) readSource(name string) (s Source, ok bool, err error) {
	dir, err := d.openSources()
	var distrust *trust.Error
	if isNoRecord(err) || errors.As(err, &distrust) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	defer unix.Close(dir)
	fd, err := openBeneath(dir, name, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if isNoRecord(err) {
		return s, false, nil
	}
	path := filepath.Join(d.sources(), name)
	if err != nil {
		return s, false, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord))
	return s, err == nil && json.Unmarshal(data, &s) == nil, err
}

// isNoRecord tells whether the error says that there is no record, or nothing that gons has written, or nothing for this user.
func isNoRecord(err error) bool {
	for _, none := range []error{unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.ENXIO, unix.EACCES, unix.EPERM} {
		if errors.Is(err, none) {
			return true
		}
	}
	return false
}

// record writes the record of the entry name.
func (l *Locked) record(name string, s Source) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	l.noSources = false
	if err := makeDir(l.dir.sources()); err != nil {
		return err
	}
	dir, err := l.dir.openSources()
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	temporary := temporaryName(name)
	_ = unix.Unlinkat(dir, temporary, 0) // left by a crash
	if err := writeNew(dir, temporary, append(data, '\n')); err != nil {
		return err
	}
	if err := unix.Renameat(dir, temporary, dir, name); err != nil {
		return errors.Join(os.NewSyscallError("rename", err), unix.Unlinkat(dir, temporary, 0))
	}
	return nil
}

// writeNew writes a file that does not exist yet, not even as a symlink, in the directory at.
func writeNew(at int, name string, data []byte) error {
	fd, err := openBeneath(at, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o644)
	if err != nil {
		return &fs.PathError{Op: "create", Path: name, Err: err}
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = f.Write(data)
	// Whatever the umask: what a link is for is no secret.
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		err = errors.Join(err, unix.Unlinkat(at, name, 0))
	}
	return err
}

// forget removes the record of the entry name, if there is one.
func (l *Locked) forget(name string) {
	if l.noSources { // and nobody else may write any
		return
	}
	dir, err := l.dir.openSources()
	if err != nil {
		l.noSources = l.held && errors.Is(err, unix.ENOENT)
		return
	}
	defer unix.Close(dir)
	// What cannot be removed is of no use any more, and no harm. Most entries have none.
	if unix.Unlinkat(dir, name, 0) == nil {
		_ = unix.Rmdir(l.dir.sources()) // if it is empty now
	}
}

// forgetGone removes the records of names that are gone, and what a crash left behind.
func (l *Locked) forgetGone() {
	fd, err := l.dir.openSources()
	if err != nil {
		return
	}
	dir := os.NewFile(uintptr(fd), l.dir.sources())
	defer dir.Close()
	records, _ := dir.Readdirnames(-1)
	for _, name := range records {
		var st unix.Stat_t
		err := unix.Fstatat(l.at, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if errors.Is(err, unix.ENOENT) || isTemporary(name) {
			_ = unix.Unlinkat(fd, name, 0)
		}
	}
	_ = unix.Rmdir(l.dir.sources()) // if it is empty now
}

// warnRecord is for a record that could not be written: the link works all the same.
func warnRecord(name string, err error) error {
	return fmt.Errorf("note where %q comes from: %w", name, err)
}
