package nsid

import (
	"errors"
	"fmt"
)

// What the kernel can refuse, beside errnos such as EPERM.
var (
	// ErrNotNet means that the handle is no network namespace.
	ErrNotNet = errors.New("it is not a network namespace")
	// ErrChanging means that the ids changed faster than they could be read.
	ErrChanging = errors.New("the ids keep changing while they are read")
	// ErrCut means that there are more ids than this kernel can list.
	ErrCut = errors.New("this kernel does not list so many ids")
)

// An AssignedError says that the namespace has an id here already. That one stays for as long as the namespace lives.
type AssignedError struct{ ID int }

func (e *AssignedError) Error() string {
	return fmt.Sprintf("it has the id %d already, and an id cannot be changed", e.ID)
}

// A TakenError says that the id is that of another namespace.
type TakenError struct{ ID int }

func (e *TakenError) Error() string {
	return fmt.Sprintf("the id %d is that of another namespace", e.ID)
}

// An UnknownError says that no namespace has the id here.
type UnknownError struct{ ID int }

func (e *UnknownError) Error() string { return fmt.Sprintf("no namespace has the id %d here", e.ID) }
