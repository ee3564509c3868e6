package exec

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// defaultPath is what execvp(3) searches when there is no PATH.
	defaultPath = "/bin:/usr/bin"
	shell       = "/bin/sh"
)

// errInterpreter is the reason of a [CommandError] for a file that is there although execve(2) says ENOENT.
var errInterpreter = errors.New("its interpreter or its loader is missing")

// execute finds the command as execvp(3) does: it calls start with every file that command can mean, until the kernel
// takes one. start is execve(2) or a form of it that returns. The error is a [CommandError].
func execute(command string, argv, env []string, start func(path string, argv []string) error) error {
	reason := error(ErrNotFound)
	for _, path := range candidates(command, env) {
		// To look first is cheaper than to try, which makes a copy of the environment for every directory of PATH.
		if errors.Is(unix.Access(path, unix.F_OK), unix.ENOENT) {
			continue
		}
		err := start(path, argv)
		if errors.Is(err, unix.ENOEXEC) { // a script without "#!"
			err = start(shell, append([]string{shell, path}, argv[1:]...))
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EACCES):
			// A directory of PATH that may not be searched does not count, or nothing would ever be "not found".
			if path == command || unix.Access(path, unix.F_OK) == nil {
				reason = unix.EACCES
			}
		case errors.Is(err, unix.ENOENT) && unix.Access(path, unix.F_OK) == nil:
			reason = errInterpreter
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENODEV),
			errors.Is(err, unix.ESTALE), errors.Is(err, unix.ETIMEDOUT):
			// Not here: the next directory of PATH may have it.
		default:
			return &CommandError{Command: command, Err: err}
		}
	}
	return &CommandError{Command: command, Err: reason}
}

// candidates returns the files that the command can mean, in the order in which they are to be tried.
func candidates(command string, env []string) []string {
	switch {
	case command == "":
		return nil
	case strings.Contains(command, "/"):
		return []string{command}
	}
	path := defaultPath
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, "PATH="); ok {
			path = value
			break
		}
	}
	var files []string
	for dir := range strings.SplitSeq(path, ":") {
		if dir == "" { // the working directory, as in execvp(3)
			dir = "."
		}
		files = append(files, strings.TrimSuffix(dir, "/")+"/"+command)
	}
	return files
}
