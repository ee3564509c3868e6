package mounts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// What copyFile does with the source itself, beyond copying everything that it holds.
type copyMode int

const (
	whole    copyMode = iota // a symlink stays one
	followed                 // a symlink is followed
	shallow                  // of a directory only its mode and owner
)

// errKind is the reason why a socket, a FIFO or a device is not copied.
var errKind = errors.New("it is neither a file, a directory nor a symlink")

// copyFile copies source to target, which does not exist yet, with modes and, as far as allowed, owners.
func copyFile(source, target string, mode copyMode) error {
	stat := os.Lstat
	if mode != whole {
		stat = os.Stat
	}
	st, err := stat(source)
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Op: "copy", Source: source, Target: target, Err: ErrNoSource}
	}
	if err != nil {
		return err
	}
	switch {
	case st.Mode()&fs.ModeSymlink != 0:
		err = copyLink(source, target)
	case st.Mode().IsRegular():
		err = copyContent(source, target)
	case st.IsDir():
		err = os.Mkdir(target, 0o700)
		if err == nil && mode != shallow {
			err = copyEntries(source, target)
		}
	default:
		err = &Error{Op: "copy", Source: source, Target: target, Err: errKind}
	}
	if err != nil {
		return err
	}
	return copyRights(st, target)
}

func copyEntries(source, target string) error {
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, copyFile(filepath.Join(source, e.Name()), filepath.Join(target, e.Name()), whole))
	}
	return errors.Join(errs...)
}

func copyLink(source, target string) error {
	to, err := os.Readlink(source)
	if err != nil {
		return err
	}
	return os.Symlink(to, target)
}

func copyContent(source, target string) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copy %q: %w", source, err)
	}
	return nil
}

// copyRights gives target the owner and the mode st. An owner that does not exist in the user namespace stays behind.
func copyRights(st fs.FileInfo, target string) error {
	if owner, ok := st.Sys().(*syscall.Stat_t); ok {
		err := os.Lchown(target, int(owner.Uid), int(owner.Gid))
		if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	if st.Mode()&fs.ModeSymlink != 0 {
		return nil
	}
	return os.Chmod(target, st.Mode().Perm()) // whatever the umask
}
