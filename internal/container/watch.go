package container

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// Watch calls changed whenever a container has started, ended or been renamed after since, until ctx ends or the engine ends the
// stream, as it does when it is restarted. It says that something happened, not what: the caller looks at the whole again, so
// that nothing depends on events that are lost or that come late. The error is never nil.
func (e Engine) Watch(ctx context.Context, since time.Time, changed func()) error {
	end := "die"
	if e == Podman {
		end = "died"
	}
	cmd := exec.CommandContext(ctx, string(e), "events", "--since", strconv.FormatInt(since.Unix(), 10),
		"--filter", "type=container", "--filter", "event=start", "--filter", "event="+end, "--filter", "event=rename",
		"--format", "{{json .}}")
	cmd.WaitDelay = pipeWait
	stderr := &limited{most: complaintLimit}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		for lines := bufio.NewReader(stdout); ; {
			if _, tooLong, err := lines.ReadLine(); err != nil {
				break
			} else if !tooLong {
				changed()
			}
		}
		err = cmd.Wait()
	}
	if err == nil {
		err = fmt.Errorf("%w any more", ErrDown)
	} else {
		err = explain(ctx, err, string(stderr.data))
	}
	return &Error{Engine: e, Op: opWatch, Err: err}
}
