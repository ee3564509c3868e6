package container

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

// An Engine is what runs containers, by the name of its command.
type Engine string

// The engines that are known.
const (
	Docker Engine = "docker"
	Podman Engine = "podman"
)

// TimeLimit is how long an engine may take to answer, unless the context ends earlier. A healthy one needs some 20-200 ms.
const TimeLimit = 10 * time.Second

const (
	answerLimit    = 64 << 20 // bytes; "inspect" writes some 10 kB a container
	complaintLimit = 64 << 10
	// A command that was ended can leave children which hold its output open; they are not waited for.
	pipeWait = 500 * time.Millisecond
)

// run runs the engine's command and returns what it wrote to stdout, also when it failed.
func (e Engine) run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, TimeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, string(e), args...)
	cmd.WaitDelay = pipeWait
	stdout, stderr := &limited{most: answerLimit}, &limited{most: complaintLimit}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	if stdout.full {
		return nil, errTooMuch
	}
	return stdout.data, explain(ctx, err, string(stderr.data))
}

// explain turns the end of a command into an error of this package.
func explain(ctx context.Context, err error, stderr string) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, exec.ErrDot):
		return ErrNoCommand
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ErrTimeout
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return complaint(stderr, err)
	}
	return err // the command cannot be executed
}

// errTooMuch is what a command gets for an answer without end.
var errTooMuch = errors.New("the answer is too long")

// limited keeps what is written to it, up to a limit. It has no method but Write, as io.Copy would go around that.
type limited struct {
	data []byte
	most int
	full bool
}

func (l *limited) Write(p []byte) (int, error) {
	if len(l.data)+len(p) > l.most {
		l.full = true
		return 0, errTooMuch
	}
	l.data = append(l.data, p...)
	return len(p), nil
}
