//go:build amd64

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"syscall"

	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// A worker is a process in namespaces of its own that runs one case after the other.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	enc *json.Encoder
	dec *json.Decoder
}

func startWorkers(opts options) (workers []*worker, err error) {
	for range opts.workers {
		w := &worker{cmd: exec.Command("/proc/self/exe", "-worker", "-gons", opts.gons, containerID)}
		w.cmd.Stderr = os.Stderr
		w.cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC,
		}
		if w.in, err = w.cmd.StdinPipe(); err != nil {
			return nil, err
		}
		out, err := w.cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := w.cmd.Start(); err != nil {
			return nil, fmt.Errorf("start a worker (takes root): %w", err)
		}
		w.enc, w.dec = json.NewEncoder(w.in), json.NewDecoder(out)
		workers = append(workers, w)
	}
	return workers, nil
}

func (w *worker) do(r request) (a answer, err error) {
	if err := w.enc.Encode(r); err != nil {
		return a, err
	}
	return a, w.dec.Decode(&a)
}

func (w *worker) stop() {
	_ = w.in.Close()
	_ = w.cmd.Wait()
}

// A thread that traces has to do all of it, see tracer.
func init() { nsthread.LockMain() }

// work is the worker's side.
func work(opts options) error {
	if os.Getpid() != 1 {
		return errors.New("a worker has to be alone in its PID namespace")
	}
	// What this program was started with is not for others, see probe.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("keep descriptors: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "crashtest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	w := &world{gons: opts.gons, self: self, dir: dir}
	dec, enc := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := dec.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := enc.Encode(w.answer(r)); err != nil {
			return err
		}
	}
}

// tries bounds how often a point is looked for: what runs at the same time as something else happens now and then only.
const tries = 5

// answer runs a case, or finds the points of a command.
func (w *world) answer(r request) (a answer) {
	for range tries {
		if a = w.attempt(r); a.Hit || r.How == "" || a.Problem != "" || r.Point.isOfRuntime() {
			break
		}
	}
	return a
}

func (w *world) attempt(r request) (a answer) {
	s := find(r.Scenario)
	if err := w.prepare(s); err != nil {
		return answer{Problem: "prepare: " + err.Error()}
	}
	defer w.end()
	if r.How == "" {
		run := w.trace(s.args, nil)
		if run.err != nil || run.status != 0 {
			return answer{Problem: fmt.Sprintf("the command itself: %v, status %d, %s", run.err, run.status, run.output)}
		}
		now, err := w.states()
		if err == nil {
			err = s.judgeSuccess(r, now)
		}
		if err == nil {
			err = w.judgeProbes(s, r, run.output)
		}
		if err == nil {
			err = w.check(s, now, false)
		}
		if err != nil {
			return answer{Problem: fmt.Sprintf("the command itself: %v: %s", err, run.output)}
		}
		return answer{Points: run.points}
	}
	run := w.trace(s.args, &r)
	a.Hit = run.hit
	if run.err != nil {
		a.Problem = run.err.Error()
	} else if run.hit {
		a.Text = run.says()
		if err := w.judge(s, r, run); err != nil {
			a.Problem = err.Error()
		}
	}
	return a
}
