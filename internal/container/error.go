package container

import (
	"errors"
	"fmt"
	"strings"
)

// What a look-up can fail with; every error of this package is an [Error] around one of these or around what the system or the
// engine's command said.
var (
	ErrNoCommand = errors.New("the command is not installed")
	ErrTimeout   = errors.New("the engine does not answer")
	ErrDown      = errors.New("the engine is not running")
	ErrDenied    = errors.New("the engine refuses this user")
	ErrAnswer    = errors.New("the answer is not understood")
	ErrName      = errors.New("this is no name or id of a container")
	ErrNotExist  = errors.New("no such container")
	ErrAmbiguous = errors.New("several containers have an id that begins so")
	ErrStopped   = errors.New("it is not running")
	ErrElsewhere = errors.New("it does not run on this machine, or not in a place that can be seen from here")
)

// The operations of an [Error].
const (
	opFind  = "find"
	opList  = "list"
	opWatch = "watch"
)

// An Error says what was asked of which engine, and what went wrong.
type Error struct {
	Engine    Engine
	Op        string // a verb: "find" for one container, "list" or "watch" for all
	Container string // as the caller called it
	Err       error
}

func (e *Error) Error() string {
	if e.Op != opFind {
		return fmt.Sprintf("%s %s containers: %v", e.Op, e.Engine, e.Err)
	}
	return fmt.Sprintf("%s %s container %q: %v", e.Op, e.Engine, e.Container, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// spoken are the words by which the commands of both engines, over their versions, say what is the matter. The order counts: without
// the right to use the socket Docker first says that it cannot connect.
var spoken = []struct {
	words string
	err   error
}{
	{"permission denied", ErrDenied},
	{"cannot connect to", ErrDown},
	{"unable to connect to", ErrDown},
	{"failed to connect to", ErrDown},
	{"error during connect", ErrDown},
	{"is the docker daemon running", ErrDown},
	{"multiple ids found", ErrAmbiguous},
	{"more than one result", ErrAmbiguous},
	{"more than one container", ErrAmbiguous},
	{"ambiguous", ErrAmbiguous},
	{"no such container", ErrNotExist},
	{"no such object", ErrNotExist},
	{"no container with name or id", ErrNotExist},
}

// complaint is the error for what the engine's command wrote to stderr before it failed with status.
func complaint(stderr string, status error) error {
	text := strings.Join(strings.Fields(stderr), " ")
	lower := strings.ToLower(text)
	for _, s := range spoken {
		if !strings.Contains(lower, s.words) {
			continue
		}
		if errors.Is(s.err, ErrDown) || errors.Is(s.err, ErrDenied) { // which engine, on which socket: only the text knows
			return fmt.Errorf("%w: %s", s.err, shorten(text))
		}
		return s.err
	}
	if text == "" {
		return fmt.Errorf("its command failed without a word: %w", status)
	}
	return fmt.Errorf("its command says %q", shorten(text))
}

// shorten keeps what a person reads of an error.
func shorten(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
