package nsfile

import (
	"errors"
	"fmt"
	"io/fs"
)

// What an entry can be refused for; every error about one entry is an [Error] around one of these or around an errno.
var (
	// ErrNotExist also is [fs.ErrNotExist].
	ErrNotExist = fmt.Errorf("no such name%w", silent{fs.ErrNotExist})
	// ErrExist also is [fs.ErrExist].
	ErrExist    = fmt.Errorf("the name is taken%w", silent{fs.ErrExist})
	ErrStale    = errors.New("it is stale, a plain file without a namespace")
	ErrDangling = errors.New("it is a dangling symlink")
	ErrForeign  = errors.New("it is not a network namespace")
	ErrName     = errors.New("bad name")
)

// silent lets an error be recognised as another one without repeating its text.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// A reason is a sentinel of this package that says more about the case at hand.
type reason struct {
	kind error
	text string
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

// An Error says which operation on which entry was refused, and why.
type Error struct {
	Op   string // a verb phrase: "add", "open", ...
	Name string // the entry
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Name, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
