package ipgrammar

import "fmt"

// Exit statuses of ip(8) for lines that it refuses.
const (
	StatusFailed = 1
	StatusUsage  = 255
)

// An Error is why ip(8) refuses a line.
type Error struct {
	Text   string // what it says; empty if it shows the usage instead
	Status int    // StatusFailed, or StatusUsage, which also ends a batch at once; 0 if ip(8) does not count it
}

func (e *Error) Error() string {
	if e.Text == "" {
		return "wrong usage"
	}
	return e.Text
}

func failed(text string) error { return &Error{text, StatusFailed} }

func wrong(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), StatusUsage}
}

// ErrUsage is for a line to which ip(8) answers with its usage.
var ErrUsage = &Error{Status: StatusUsage}
