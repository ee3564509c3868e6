package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gons/internal/exec"
	"gons/internal/nsfile"

	"github.com/spf13/cobra"
)

// Exit statuses, beside 0 and the status of a command that was run.
const (
	statusFailed      = 1
	statusUsage       = 2
	statusPrepare     = 125 // exec: the namespace could not be prepared
	statusCannotRun   = 126 // exec: the command cannot be executed
	statusNotFound    = 127 // exec: there is no such command
	statusInterrupted = 130 // ended by SIGINT, as a shell counts it
)

// A statusError is an error with an exit status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// A hintError is an error with advice that only the place where it happened can give.
type hintError struct {
	err  error
	hint string
}

func withHint(err error, hint string) error {
	if err == nil || hint == "" {
		return err
	}
	return &hintError{err, hint}
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// usage is the error for a wrong command line.
func usage(cmd *cobra.Command, text string) error {
	return withHint(&statusError{statusUsage, errors.New(text)}, fmt.Sprintf("see %q", cmd.CommandPath()+" --help"))
}

// failures are the errors of a command that did all it could.
type failures []error

func (f failures) Error() string   { return errors.Join(f...).Error() }
func (f failures) Unwrap() []error { return f }

// err is nil if there are none.
func (f failures) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// report writes err for the user and returns the exit status. Texts are lower case, without a full stop, and stay on one line; the
// hint says what to do.
func (c *cli) report(err error) int {
	if err == nil {
		return 0
	}
	var all failures
	if !errors.As(err, &all) {
		all = failures{err}
	}
	highest := 0
	for _, err := range all {
		highest = max(highest, status(err))
		fmt.Fprintf(c.stderr, "gons: error: %s\n", oneLine(err))
		if hint := hint(err); hint != "" {
			fmt.Fprintf(c.stderr, "gons: hint: %s\n", oneLine(errors.New(hint)))
		}
	}
	return highest
}

// warn tells what the user should know although the command goes on.
func (c *cli) warn(err error) { fmt.Fprintf(c.stderr, "gons: warning: %s\n", oneLine(err)) }

// warnHint is warn for what has a known cause that the user can do something about.
func (c *cli) warnHint(err error) {
	c.warn(err)
	if hint := hint(err); hint != "" {
		fmt.Fprintf(c.stderr, "gons: hint: %s\n", oneLine(errors.New(hint)))
	}
}

// oneLine is the text of err on a line, without what a terminal could take for a command.
func oneLine(err error) string {
	var line strings.Builder
	for _, r := range strings.ReplaceAll(err.Error(), "\n", "; ") {
		if strconv.IsPrint(r) {
			line.WriteRune(r)
			continue
		}
		escaped := strconv.QuoteRune(r)
		line.WriteString(escaped[1 : len(escaped)-1])
	}
	return line.String()
}

func status(err error) int {
	var own *statusError
	var command *exec.CommandError
	switch {
	case errors.As(err, &own):
		return own.status
	case errors.As(err, &command) && errors.Is(err, exec.ErrNotFound):
		return statusNotFound
	case errors.As(err, &command):
		return statusCannotRun
	case errors.Is(err, nsfile.ErrName):
		return statusUsage
	}
	return statusFailed
}

// errInterrupted is the reason why something was not even tried.
var errInterrupted = errors.New("interrupted")

// all returns the errors of a list that has nil for each success.
func all(errs []error) error {
	return failures(slices.DeleteFunc(errs, func(err error) bool { return err == nil })).err()
}
