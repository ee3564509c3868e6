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
	s, ok := d.readSource(e.Name)
	return s, ok && s.Link == e.Link
}

func (d Dir) readSource(name string) (Source, bool) {
	var s Source
	if trust.Dir(d.sources()) != nil {
		return s, false
	}
	f, err := os.OpenFile(filepath.Join(d.sources(), name), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return s, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord))
	return s, err == nil && json.Unmarshal(data, &s) == nil
}

// record writes the record of the entry name.
func (l *Locked) record(name string, s Source) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	dir := l.dir.sources()
	if err := makeDir(dir); err != nil {
		return err
	}
	if err := trust.Dir(dir); err != nil {
		return err
	}
	temporary := filepath.Join(dir, temporaryName(name))
	_ = os.Remove(temporary) // left by a crash
	if err := writeNew(temporary, append(data, '\n')); err != nil {
		return err
	}
	// Whatever the umask: what a link is for is no secret.
	if err := errors.Join(os.Chmod(temporary, 0o644), os.Rename(temporary, filepath.Join(dir, name))); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

// writeNew writes a file that does not exist yet, not even as a symlink.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// forget removes the record of the entry name, if there is one.
func (l *Locked) forget(name string) {
	// What cannot be removed is of no use any more, and no harm. Most entries have none.
	if unix.Unlink(filepath.Join(l.dir.sources(), name)) == nil {
		_ = unix.Rmdir(l.dir.sources()) // if it is empty now
	}
}

// forgetGone removes the records of names that are gone, and what a crash left behind.
func (l *Locked) forgetGone() {
	records, _ := os.ReadDir(l.dir.sources())
	for _, r := range records {
		if _, err := os.Lstat(l.dir.Path(r.Name())); errors.Is(err, fs.ErrNotExist) || isTemporary(r.Name()) {
			l.forget(r.Name())
		}
	}
	_ = os.Remove(l.dir.sources()) // if it is empty now
}

// warnRecord is for a record that could not be written: the link works all the same.
func warnRecord(name string, err error) error {
	return fmt.Errorf("note where %q comes from: %w", name, err)
}
