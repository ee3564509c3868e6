package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"gons/internal/nsfile"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

const (
	// watchPause is the least time between two looks, however much happens.
	watchPause = 100 * time.Millisecond
	// watchPeriod is the time after which everything is looked at although no name came or went: nothing tells of ids, processes and
	// entries that never were a namespace.
	watchPeriod = 2 * time.Second
)

// What a terminal obeys. The second screen is one of its own: what was on the first one comes back with it.
const (
	toSecondScreen = "\x1b[?1049h\x1b[?25l" // and hide the cursor
	toFirstScreen  = "\x1b[?25h\x1b[?1049l"
	toTop          = "\x1b[H"
	clearLine      = "\x1b[K"
	clearRest      = "\x1b[J"
)

// watchList shows the list on the terminal until it is interrupted.
func (c *cli) watchList(cmd *cobra.Command, out *listing[listed]) error {
	if out.json || !output.IsTerminal(c.stdout) {
		return withHint(usage(cmd, "--watch is for a terminal"), `"gons monitor" tells programs when names come and go`)
	}
	signals := make(chan os.Signal, 4)
	notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH)
	defer signal.Stop(signals)

	stopped, stop, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stopped.Close()
	changed := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- c.dir.Watch([]int{int(stopped.Fd())}, func(nsfile.Event) error {
			select {
			case changed <- struct{}{}:
			default: // one look is enough for both
			}
			return nil
		})
	}()

	s := &listScreen{c: c, out: out}
	err = s.enter()
	for err == nil {
		if err = s.draw(); err == nil {
			err = s.wait(signals, changed, ended)
		}
	}
	err = errors.Join(err, s.leave())
	stop.Close()
	if errors.Is(err, errInterrupted) {
		return nil
	}
	return err
}

// A listScreen is a list on the second screen of a terminal.
type listScreen struct {
	c   *cli
	out *listing[listed]
}

func (s *listScreen) enter() error { return s.put(toSecondScreen) }
func (s *listScreen) leave() error { return s.put(toFirstScreen) }

func (s *listScreen) put(text string) error {
	_, err := fmt.Fprint(s.c.stdout, text)
	return err
}

// wait returns when it is time for the next look. The error is [errInterrupted] if the user has seen enough.
func (s *listScreen) wait(signals <-chan os.Signal, changed <-chan struct{}, ended <-chan error) error {
	pause, period := time.After(watchPause), time.After(watchPeriod)
	for {
		var due <-chan struct{}
		if pause == nil {
			due = changed
		}
		select {
		case <-pause:
			pause = nil
		case <-due:
			return nil
		case <-period:
			return nil
		case err := <-ended:
			return errors.Join(err, errors.New("the watch ended"))
		case sig := <-signals:
			switch sig {
			case unix.SIGWINCH:
				return nil
			case unix.SIGTSTP:
				return s.suspend()
			}
			return errInterrupted
		}
	}
}

// suspend gives the terminal back for as long as the process is stopped.
func (s *listScreen) suspend() error {
	if err := s.leave(); err != nil {
		return err
	}
	if err := unix.Kill(os.Getpid(), unix.SIGSTOP); err != nil {
		return os.NewSyscallError("kill", err)
	}
	return s.enter()
}

// draw reads the list and puts it on the screen, as far as that has lines. What could not be read comes after it.
func (s *listScreen) draw() error {
	var warnings strings.Builder
	quiet := *s.c
	quiet.stderr = &warnings // written as it is, it would be in the way
	items, err := quiet.readShown(s.out)
	if err != nil {
		quiet.report(err)
	}
	columns, lines := output.Size(s.c.stdout)
	var table bytes.Buffer
	if err := s.out.writeAligned(&table, items, columns); err != nil {
		return err
	}
	var below []string
	for line := range strings.Lines(warnings.String()) {
		line = strings.TrimSuffix(line, "\n")
		if columns > 0 {
			line = output.Cut(line, columns)
		}
		below = append(below, line)
	}
	return s.put(screenful(strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n"), below, lines))
}

// screenful is what shows a table, and what is to be told below it, in place of what is on the screen. The last line stays free; if the
// table has too many it ends with how many more.
func screenful(table, below []string, lines int) string {
	if most := lines - 1 - len(below); lines > 0 && len(table) > most {
		keep := max(0, most-1)
		table = append(table[:keep:keep], fmt.Sprintf("... and %d more", len(table)-keep))
	}
	return toTop + strings.Join(append(table, below...), clearLine+"\n") + clearLine + "\n" + clearRest
}
