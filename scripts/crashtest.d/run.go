package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// timeLimit is for one run of gons; the longest wait that gons has by design is that for the lock.
const timeLimit = 20 * time.Second

// A run is what came of running gons under strace.
type run struct {
	calls    []*call
	hit      bool
	key      string
	status   int  // exit status
	isKilled bool // by SIGKILL, as was to be
	output   string
	err      error // the run could not be made, or did not end
}

// trace runs gons under strace. Without a point all calls are traced; otherwise how is done to the point.
func (w *world) trace(args []string, p *point, how string) (r run) {
	log := filepath.Join(w.dir, "log")
	_ = os.Remove(log)
	argv := []string{"-f", "-y", "-qqq", "-o", log}
	if p != nil {
		what := map[string]string{killEntry: "signal=KILL", killExit: "delay_exit=" + strconv.Itoa(int(w.delay.Microseconds()))}[how]
		if what == "" {
			what = "error=" + strings.NewReplacer("ENOTSUP", "EOPNOTSUPP", "EWOULDBLOCK", "EAGAIN").Replace(how)
		}
		argv = append(argv, "-e", "trace="+p.Call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", p.Call, what, p.N))
		if p.Path != "" {
			argv = append(argv, "-P", w.fill([]string{p.Path})[0])
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "strace", append(append(argv, w.gons), w.fill(args)...)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = w.env()
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return run{err: err}
	}
	ended := make(chan struct{})
	if how == killExit {
		go killDelayed(log, ended)
	}
	err := cmd.Wait()
	close(ended)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		w.killAll()
		return run{hit: true, err: fmt.Errorf("it did not end within %v", timeLimit)}
	case errors.As(err, &exit):
		ws := exit.Sys().(interface {
			Signaled() bool
			ExitStatus() int
		})
		r.isKilled, r.status = ws.Signaled(), ws.ExitStatus()
	case err != nil:
		return run{err: err}
	}
	r.output = fromStrace.ReplaceAllString(output.String(), "")
	r.calls, r.err = readTrace(log)
	for _, c := range r.calls {
		c.args = w.withoutPID(c.args)
	}
	if p == nil || r.err != nil {
		return r
	}
	switch how {
	case killEntry, killExit:
		if c := nth(r.calls, *p); c != nil && r.isKilled && (how == killEntry || w.inTime(c, r.calls)) {
			r.hit, r.key = true, c.key()
		}
	default:
		for _, c := range r.calls {
			if c.isInjected {
				r.hit, r.key = true, c.key()
			}
		}
	}
	return r
}

// inTime tells whether the thread was killed at the exit of c, and not later.
func (w *world) inTime(c *call, calls []*call) bool {
	for _, later := range calls[slices.Index(calls, c)+1:] {
		if later.tid == c.tid {
			return false
		}
	}
	return c.isDelayed
}

// killDelayed waits until strace holds a thread at the exit of its call, and kills the process then.
func killDelayed(log string, ended chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(500 * time.Microsecond):
		}
		b, _ := os.ReadFile(log)
		for line := range strings.Lines(string(b)) {
			if !strings.Contains(line, "(DELAYED)") {
				continue
			}
			tid, _, _ := strings.Cut(line, " ")
			if pid, err := strconv.Atoi(tid); err == nil {
				_ = unix.Kill(pid, unix.SIGKILL)
				return
			}
		}
	}
}

// fromStrace is what strace says about the path of a point.
var fromStrace = regexp.MustCompile(`(?m)^strace: Requested path .*\n`)

var digits = regexp.MustCompile(`\d+`)

// says is the first line of what gons printed, with all numbers alike.
func (r run) says() string {
	line, _, _ := strings.Cut(r.output, "\n")
	return digits.ReplaceAllString(line, "N")
}
