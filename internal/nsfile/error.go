package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// What an entry can be refused for; every error about one entry is an [Error] around one of these or around an errno.
var (
	// ErrNotExist also is [fs.ErrNotExist].
	ErrNotExist error = &reason{fs.ErrNotExist, "no such name"}
	// ErrExist also is [fs.ErrExist].
	ErrExist    error = &reason{fs.ErrExist, "the name is taken"}
	ErrStale          = errors.New("it is stale, a plain file without a namespace")
	ErrDangling       = errors.New("it is a dangling symlink")
	ErrForeign        = errors.New("it is not a network namespace")
	ErrName           = errors.New("bad name")
)

// A reason is an error that also is another one, with a text of its own.
type reason struct {
	kind error
	text string
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

// A DirError says that the run directory itself cannot be opened or read: ENOTDIR if it is something else, EACCES, ...
type DirError struct {
	Dir Dir
	Err error
}

func (e *DirError) Error() string {
	return fmt.Sprintf("open run directory %q: %v", string(e.Dir), e.Err)
}

// Unwrap returns the reason.
func (e *DirError) Unwrap() error { return e.Err }

// readError is the error for err of os.ReadDir and the like, nil for nil.
func (d Dir) readError(err error) error {
	var path *fs.PathError
	var call *os.SyscallError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &call):
		err = call.Err
	}
	return &DirError{d, err}
}

// An Error says which operation on which entry was refused, and why.
type Error struct {
	Op   string // a verb phrase: "add", "open", ...
	Name string // the entry
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Name, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
