package container

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gons/internal/nsfile"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A Place is where the network namespace of a running container is.
type Place struct {
	Container
	NS       netns.NsHandle // open; the caller closes it
	Path     string         // a file that leads to it: the SandboxKey, or /proc/PID/ns/net
	Host     bool           // it is the engine's own, not one of the container
	SharedBy string         // the name of the container that it was made for, if that is another one
}

// Find finds the network namespace of a container, which is called by name, id or the beginning of an id. It
// is certain to be the one: the process that the engine names is here and of that container, and Path leads to the
// namespace of that process.
//
// The error is an [Error]: one of the sentinels of this package, or EACCES or EPERM for a process that the caller may not look at.
func (e Engine) Find(ctx context.Context, ref string) (*Place, error) {
	c, err := e.inspectOne(ctx, ref)
	var place *Place
	if err == nil {
		place, err = e.locate(ctx, c)
	}
	if err != nil {
		return nil, &Error{Engine: e, Op: opFind, Container: ref, Err: err}
	}
	return place, nil
}

// FindAll finds the namespaces of all running containers. errs has an [Error] for each that could not be found; a container
// that ended meanwhile is left out. err means that the engine could not be asked.
func (e Engine) FindAll(ctx context.Context) (places []*Place, errs []error, err error) {
	all, err := e.inspectRunning(ctx)
	if err != nil {
		return nil, nil, &Error{Engine: e, Op: opList, Err: err}
	}
	for i := range all {
		place, err := e.locate(ctx, &all[i], all...)
		switch {
		case err == nil:
			places = append(places, place)
		case !errors.Is(err, ErrStopped) && !errors.Is(err, ErrNotExist):
			errs = append(errs, &Error{Engine: e, Op: opFind, Container: all[i].Name, Err: err})
		}
	}
	return places, errs, nil
}

// An engine notices the end of a process some milliseconds late, so that what it says about a container that is ending, or that is
// being restarted, fits nothing that is here. It is asked again before that counts.
const (
	looks     = 4
	lookPause = 50 * time.Millisecond
)

// locate finds the namespace of c. known are containers that need not be asked for again.
func (e Engine) locate(ctx context.Context, c *Container, known ...Container) (*Place, error) {
	for i := 1; ; i++ {
		place, err := e.look(ctx, c, known)
		if !errors.Is(err, ErrElsewhere) || i == looks {
			return place, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookPause):
		}
		if c, err = e.inspectOne(ctx, c.ID); err != nil {
			return nil, err
		}
		known = nil // as old as c was
	}
}

func (e Engine) look(ctx context.Context, c *Container, known []Container) (*Place, error) {
	if !c.running() {
		return nil, fmt.Errorf("%w: its state is %q", ErrStopped, c.Status)
	}
	owner, err := e.owner(ctx, c, known)
	if err != nil {
		return nil, err
	}
	p := &Place{Container: *c, Host: owner.Mode == "host", Path: fmt.Sprintf("/proc/%d/ns/net", c.PID)}
	if owner.ID != c.ID {
		p.SharedBy = owner.Name
	}
	if p.NS, err = openProcess(c, p.Path); err != nil {
		return nil, err
	}
	if owner.Key == "" {
		return p, nil
	}
	switch same, err := leadsTo(owner.Key, p.NS); {
	case err != nil:
		// Not visible here: it is in the mount namespace of a rootless engine, say. The process is.
	case same:
		p.Path = owner.Key
	case owner.ID != c.ID:
		p.SharedBy = "" // that one was restarted since, and left c behind in the old namespace
	default:
		_ = p.NS.Close()
		return nil, fmt.Errorf("%w: %s is not the namespace of its process %d", ErrElsewhere, owner.Key, c.PID)
	}
	return p, nil
}

// owner follows "container:ID" to the container whose network c uses.
func (e Engine) owner(ctx context.Context, c *Container, known []Container) (*Container, error) {
	owner := c
	for range 8 { // no engine makes circles, but an answer could
		id, shared := strings.CutPrefix(owner.Mode, "container:")
		if !shared {
			return owner, nil
		}
		next, err := e.lookUp(ctx, id, known)
		switch {
		case errors.Is(err, ErrNotExist):
			return owner, nil // removed since; its namespace lives on in the one that shares it
		case err != nil:
			return nil, err
		}
		owner = next
	}
	return nil, fmt.Errorf("%w: containers share a network in a circle", ErrAnswer)
}

func (e Engine) lookUp(ctx context.Context, id string, known []Container) (*Container, error) {
	for i := range known {
		if known[i].ID == id {
			return &known[i], nil
		}
	}
	return e.inspectOne(ctx, id)
}

// openProcess opens the namespace of the container's process at path, once it is certain that it is its process.
func openProcess(c *Container, path string) (netns.NsHandle, error) {
	ns, err := nsfile.OpenPath(path)
	switch {
	case errors.Is(err, nsfile.ErrNotExist):
		return ns, fmt.Errorf("%w: there is no process %d", ErrElsewhere, c.PID)
	// After opening: had the process ended before, the number could be another one's by now.
	case !IsProcess(c.PID, c.ID):
		if err == nil {
			_ = ns.Close()
		}
		return netns.None(), fmt.Errorf("%w: process %d is not one of its own", ErrElsewhere, c.PID)
	case err != nil:
		return ns, fmt.Errorf("open the network namespace of process %d: %w", c.PID, errors.Unwrap(err))
	}
	return ns, nil
}

// leadsTo tells whether path is the network namespace ns. The error says that path cannot be used at all.
func leadsTo(path string, ns netns.NsHandle) (bool, error) {
	other, err := nsfile.OpenPath(path)
	if err != nil {
		return false, err
	}
	defer other.Close()
	var a, b unix.Stat_t
	if err := errors.Join(unix.Fstat(int(other), &a), unix.Fstat(int(ns), &b)); err != nil {
		return false, err
	}
	return a.Dev == b.Dev && a.Ino == b.Ino, nil
}
