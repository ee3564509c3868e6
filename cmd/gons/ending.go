package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gons/internal/links"
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A nsKey tells one namespace from another.
type nsKey struct{ dev, ino uint64 }

func keyOf(path string) (nsKey, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return nsKey{st.Dev, st.Ino}, err
}

// An endingNS is a namespace whose name is to be deleted, kept open beyond that.
type endingNS struct {
	name string
	ns   netns.NsHandle
	key  nsKey
	err  error // what kept the name from being deleted
}

// openEnding opens those of the names that are namespaces; the others have nothing that ends.
func (c *cli) openEnding(names []string) []*endingNS {
	var ending []*endingNS
	for _, name := range names {
		ns, err := c.dir.Open(name)
		if err != nil {
			continue // deleting the name will tell
		}
		e := &endingNS{name: name, ns: ns}
		var st unix.Stat_t
		if e.err = unix.Fstat(int(ns), &st); e.err == nil {
			e.key = nsKey{st.Dev, st.Ino}
		}
		ending = append(ending, e)
	}
	return ending
}

// waitForEnd waits until nothing holds the namespaces whose names were deleted, and deletes their devices.
func (c *cli) waitForEnd(ctx context.Context, ending []*endingNS, limit time.Duration) (failed failures) {
	waiting := map[nsKey]*endingNS{}
	for _, e := range ending {
		if e.err == nil {
			waiting[e.key] = e
		}
	}
	const longest = 100 * time.Millisecond
	deadline := time.Now().Add(limit)
	for pause := 5 * time.Millisecond; len(waiting) > 0; pause = min(2*pause, longest) {
		held, err := c.whatHolds(waiting)
		if err != nil {
			return append(failed, withHint(fmt.Errorf("find out what holds the namespaces: %w", err), processHint(err)))
		}
		over := ctx.Err() != nil || time.Now().After(deadline)
		for key, e := range waiting {
			h, isHeld := held[key]
			switch {
			case !isHeld:
				if err := c.takeApart(e); err != nil {
					failed = append(failed, err)
				}
			case over || h.lasting:
				failed = append(failed, held.err(e, h))
			default:
				continue
			}
			delete(waiting, key)
		}
		if len(waiting) > 0 {
			time.Sleep(pause)
		}
	}
	return failed
}

// takeApart deletes the virtual devices of a namespace that nothing holds any more.
func (c *cli) takeApart(e *endingNS) error {
	var physical []string
	err := nsthread.Do(func(t *nsthread.Thread) (err error) {
		if err := t.SetNet(e.ns); err != nil {
			return err
		}
		physical, err = links.DeleteVirtual()
		return err
	})
	if len(physical) > 0 {
		c.warn(fmt.Errorf("the physical devices of %q go back to the first namespace of the machine, which is not waited for: %q",
			e.name, physical))
	}
	if err != nil {
		return &nsfile.Error{Op: "delete the devices of", Name: e.name, Err: err}
	}
	return nil
}

var errHeld = errors.New("the namespace lives on with its devices")
