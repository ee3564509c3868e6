package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gons/internal/container"
	"gons/internal/nsfile"
	"gons/internal/output"
)

const (
	// settle lets the events of one start or stop arrive together.
	settle = 50 * time.Millisecond
	// lookAgain is how often everything is looked at without an event.
	lookAgain = 30 * time.Second
	// retryFirst and retryMost bound the pause before an engine that has gone is asked again.
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
)

// removed is the change of a name whose container has ended.
const removed = "removed"

// A follower keeps the names of an engine's containers true.
type follower struct {
	c        *cli
	opts     attachContainerOptions
	asJSON   bool
	began    bool            // the engine has answered once
	reported map[string]bool // what was complained about the last time
}

// follow names containers as they come and go, and writes a line for each change, until ctx ends. It returns early only if the
// engine cannot be asked even once, or if the output cannot be written.
func (c *cli) follow(ctx context.Context, opts attachContainerOptions, asJSON bool) error {
	f := &follower{c: c, opts: opts, asJSON: asJSON}
	pause := retryFirst
	for ctx.Err() == nil {
		start := time.Now()
		err := f.watch(ctx)
		var lost *container.Error
		switch {
		case ctx.Err() != nil:
			return nil
		case !f.began || !errors.As(err, &lost):
			return err
		}
		f.complain(err)
		if time.Since(start) > retryMost {
			pause = retryFirst
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, retryMost)
	}
	return nil
}

// watch keeps the names true as long as one stream of events lasts. The error is a [container.Error] if the engine has gone.
func (f *follower) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	changed := make(chan struct{}, 1)
	ended := make(chan error, 1)
	// The stream begins before the first look, whenever the engine gets to it: nothing is lost in between.
	since := time.Now()
	go func() {
		defer close(ended)
		ended <- f.opts.engine.Watch(ctx, since, func() {
			select {
			case changed <- struct{}{}:
			default: // one is waiting already
			}
		})
	}()
	defer func() {
		cancel()
		for range ended { // until the command has ended
		}
	}()
	for {
		if err := f.look(ctx); err != nil {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
			time.Sleep(settle)
		case <-time.After(lookAgain):
		}
	}
}

// look compares all containers with the names once, and sets the names right.
func (f *follower) look(ctx context.Context) error {
	items, err := f.c.attachEvery(ctx, f.opts)
	var some failures
	if err != nil && !errors.As(err, &some) {
		return err
	}
	f.began = true
	f.complain(some...)
	for _, item := range items {
		if item.Change == skipped || item.Change == nsfile.None.String() {
			continue
		}
		if f.asJSON {
			err = output.JSON(f.c.stdout, item)
		} else {
			_, err = fmt.Fprintln(f.c.stdout, item.line())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// complain tells of the errors that were not there the last time.
func (f *follower) complain(errs ...error) {
	now := map[string]bool{}
	for _, err := range errs {
		now[err.Error()] = true
		if !f.reported[err.Error()] {
			f.c.warn(err)
		}
	}
	f.reported = now
}

// removeEnded removes the names that --follow has made, now or earlier, for containers that are not among places any more. Those
// that could not be found, by name, may still be running.
func (c *cli) removeEnded(run *nsfile.Locked, engine container.Engine, places []*container.Place, unsure []string) ([]attached, error) {
	var ended []nsfile.Source
	var names []string
	err := c.dir.List(func(entries []nsfile.Entry) error {
		for _, e := range entries {
			src, ok := c.dir.Source(e)
			if !ok || !src.Follow || src.Engine != string(engine) || slices.Contains(unsure, src.Container) {
				continue
			}
			if !slices.ContainsFunc(places, func(p *container.Place) bool { return p.ID == src.ID && p.Name == e.Name }) {
				ended, names = append(ended, src), append(names, e.Name)
			}
		}
		return nil
	})
	var items []attached
	for i, name := range names {
		removeErr := run.Remove(name)
		if removeErr == nil {
			items = append(items, attached{Name: name, Container: ended[i].Container, Change: removed})
		} else if !errors.Is(removeErr, nsfile.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return items, err
}
