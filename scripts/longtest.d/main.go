// Longtest runs gons through many events and measures it. It is started by scripts/longtest, in namespaces of its own.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// firstGrowth and growth are how much more memory may be in use at the end than after the first part, and than in the middle, in
	// KiB: until it starts to collect garbage, Go lets some 4 MiB come together.
	firstGrowth, growth = 8 << 10, 2 << 10
	// patience is how long an event may take on a busy machine.
	patience = time.Minute
	parts    = 10
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: longtest GONS EVENTS")
		os.Exit(2)
	}
	events, err := strconv.Atoi(os.Args[2])
	if err != nil || events < 1000 {
		fmt.Fprintln(os.Stderr, "longtest: EVENTS is a number, 1000 at least")
		os.Exit(2)
	}
	for _, test := range []func(gons string, events int) error{testMonitor, testFollow} {
		if err := test(os.Args[1], events); err != nil {
			fmt.Fprintln(os.Stderr, "longtest:", err)
			os.Exit(1)
		}
	}
}

// A program is a gons that runs and is measured.
type program struct {
	cmd     *exec.Cmd
	lines   chan string
	stderr  bytes.Buffer
	samples []sample
}

// A sample is what a program uses.
type sample struct{ rss, fds, threads int }

func start(cmd *exec.Cmd) (*program, error) {
	p := &program{cmd: cmd, lines: make(chan string, 1024)}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = &p.stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p, nil
}

var errLate = errors.New("no more lines")

// next returns the next line.
func (p *program) next() (string, error) {
	select {
	case line, ok := <-p.lines:
		if !ok {
			return "", io.ErrUnexpectedEOF
		}
		return line, nil
	case <-time.After(patience):
		return "", errLate
	}
}

// measure takes a sample.
func (p *program) measure() error {
	proc := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return err
	}
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		return err
	}
	s := sample{fds: len(fds)}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		switch key {
		case "VmRSS":
			s.rss, err = strconv.Atoi(number)
		case "Threads":
			s.threads, err = strconv.Atoi(number)
		}
		if err != nil {
			return err
		}
	}
	p.samples = append(p.samples, s)
	return nil
}

// constant checks that the samples are alike.
func (p *program) constant() error {
	first, middle, last := p.samples[0], p.samples[len(p.samples)/2], p.samples[len(p.samples)-1]
	fmt.Printf("start, middle, end: memory %d, %d, %d KiB; descriptors %d, %d, %d; threads %d, %d, %d\n",
		first.rss, middle.rss, last.rss, first.fds, middle.fds, last.fds, first.threads, middle.threads, last.threads)
	if last.rss > first.rss+firstGrowth || last.rss > middle.rss+growth {
		return fmt.Errorf("memory grows: %+v", p.samples)
	}
	for _, s := range p.samples {
		if s.fds != first.fds {
			return fmt.Errorf("descriptors come and stay: %+v", p.samples)
		}
	}
	return nil
}

// end stops the program, which has to take that in order.
func (p *program) end() error {
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil {
		return err
	}
	for range p.lines { // until it has ended
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("it ended with %w: %s", err, p.stderr.String())
	}
	if p.stderr.Len() > 0 {
		return fmt.Errorf("it complained: %s", p.stderr.String())
	}
	return nil
}
