package exec

import (
	"errors"
	"fmt"

	"gons/internal/mounts"
	"gons/internal/nsthread"
)

// A sysMounter is [mounts.Sys], or does what that does.
type sysMounter func(source string, mode mounts.SysMode, warn func(error)) error

// enter brings the thread into the namespace, with a mount tree of its own, of which sys makes the /sys, and makes it the user's. The order
// counts: what needs rights comes before they go.
func (p *Plan) enter(t *nsthread.Thread, sys sysMounter) error {
	var missing failures
	if err := leaveVRF(); err != nil {
		missing.add(err)
	}
	if err := p.enterNet(t); err != nil {
		return err
	}
	wd := workingDir()
	var err error
	switch {
	case !p.NoMounts:
		err = p.mount(t, sys, missing.add)
	case p.Dir != "":
		err = t.OwnDir() // or it would be the working directory of all threads
	}
	if err != nil {
		return err
	}
	if err := missing.report(p); err != nil {
		return err
	}
	if err := p.changeDir(wd); err != nil {
		return err
	}
	return p.Credentials.apply()
}

// enterNet brings the thread into the network namespace.
func (p *Plan) enterNet(t *nsthread.Thread) error {
	if err := t.SetNet(p.NS); err != nil {
		return fmt.Errorf("enter network namespace %q: %w", p.Name, err)
	}
	return nil
}

// mount gives the thread a mount namespace of its own and prepares it.
func (p *Plan) mount(t *nsthread.Thread, sys sysMounter, missing func(error)) error {
	if err := t.NewMount(); err != nil {
		return fmt.Errorf("make a private mount namespace: %w", err)
	}
	err := mounts.Cut(p.Propagation)
	if errors.Is(err, mounts.ErrNoMountRoot) {
		if err := t.OutOfChroot(func() error { return mounts.Cut(p.Propagation) }); err != nil {
			// Not one mount then: it could come up outside.
			missing(fmt.Errorf("%w: /sys and /etc are those outside: %w", ErrUncut, err))
			return nil
		}
	} else if err != nil {
		return err
	}
	if err := sys(p.Name, p.Sys, missing); err != nil {
		missing(err)
	}
	etc := mounts.Etc{Mode: p.EtcMode, Dir: p.Etc, DNS: p.DNS}
	etc.Mount(missing)
	return nil
}

// ErrUncut means that the mounts of a chroot could not be cut off from those outside.
var ErrUncut = errors.New("the mounts of this chroot cannot be made private")

// failures are what is missing in the namespace.
type failures []error

func (f *failures) add(err error) { *f = append(*f, err) }

// report warns of each of them or, if the plan is strict, returns them as one error.
func (f failures) report(p *Plan) error {
	if p.Strict {
		return errors.Join(f...)
	}
	for _, err := range f {
		p.Warn(err)
	}
	return nil
}
