//go:build amd64

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// timeLimit is for one run of gons; the longest wait that gons has by design is that for the lock, and the engine's answer.
const timeLimit = 20 * time.Second

// A run is what came of running gons under the tracer.
type run struct {
	points []point
	hit    bool
	status int         // exit status
	killed unix.Signal // what ended it, if a signal did
	output string
	err    error // the run could not be made, or did not end
}

// trace runs the command. Without a request all of its calls are listed, otherwise what is requested is done to one of them.
func (w *world) trace(args []string, aim *request) run {
	out, err := os.Create(filepath.Join(w.dir, "output"))
	if err != nil {
		return run{err: err}
	}
	defer out.Close()
	t := &tracer{aim: aim, early: w.early, started: w.early}
	if err := t.start(w.gons, append([]string{"gons"}, w.fill(args)...), w.env(), out); err != nil {
		return run{err: err}
	}
	var late atomic.Bool
	watchdog := time.AfterFunc(timeLimit, func() {
		late.Store(true)
		for _, pid := range w.strays() {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	})
	err = t.wait()
	watchdog.Stop()
	output, readErr := os.ReadFile(out.Name())
	switch {
	case late.Load():
		err = fmt.Errorf("it did not end within %v: %s", timeLimit, output)
	case err == nil:
		err = readErr
	}
	r := run{points: t.points, hit: t.hit, status: t.status.ExitStatus(), output: string(output), err: err}
	if t.status.Signaled() {
		r.killed = t.status.Signal()
	}
	return r
}

var digits = regexp.MustCompile(`\d+`)

// says is the first line of what gons printed, with all numbers alike.
func (r run) says() string {
	line, _, _ := strings.Cut(r.output, "\n")
	return digits.ReplaceAllString(line, "N")
}
