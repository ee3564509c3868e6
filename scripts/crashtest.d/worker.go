package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

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

// work is the worker's side.
func work(opts options) error {
	if os.Getpid() != 1 {
		return errors.New("a worker has to be alone in its PID namespace")
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	dir, err := os.MkdirTemp("", "crashtest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &world{gons: opts.gons, dir: dir}
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

// delays are tried one after the other: strace waits for the whole time, but on a busy machine the kill may come late.
var delays = []time.Duration{30 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second}

// answer runs a case, or finds the points of a command. What was not reached is tried again.
func (w *world) answer(r request) (a answer) {
	for _, w.delay = range delays {
		if a = w.attempt(r); a.Hit || r.How == "" || a.Problem != "" || runtimeCalls[r.Point.Call] {
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
		run := w.trace(s.args, nil, "")
		if run.err != nil || run.status != 0 {
			return answer{Problem: fmt.Sprintf("the command itself: %v, status %d, %s", run.err, run.status, run.output)}
		}
		list, err := points(run.calls)
		if err == nil {
			err = w.check(s, s.after)
		}
		if err != nil {
			return answer{Problem: err.Error()}
		}
		return answer{Points: list}
	}
	run := w.trace(s.args, &r.Point, r.How)
	a.Hit, a.Key = run.hit, run.key
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
