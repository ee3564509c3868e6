package mounts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

const etcDir = "/etc"

// An EtcMode says how the files of a namespace get into /etc.
type EtcMode int

const (
	EtcBind    EtcMode = iota // each is bind mounted over the one of its name
	EtcOverlay                // copies of them are the upper layer of an overlay
	EtcNone                   // not at all
)

// An Etc is what a command sees in /etc instead of the machine's files.
type Etc struct {
	Mode EtcMode
	Dir  string // directory with the files, such as /etc/netns/NAME; empty or missing for none
	DNS  *DNS   // nil: the name servers are those of /etc, or of Dir
}

// ErrNoTarget is the reason of an [Error] for a file that has nothing in /etc to lie over.
var ErrNoTarget = errors.New("there is no such file in /etc to cover")

// ErrNoSource is the reason of an [Error] for a symlink that points to nothing.
var ErrNoSource = errors.New("it is a symlink to nothing")

// ErrKinds is the reason of an [Error] for a file that should cover a directory, or the other way round.
var ErrKinds = errors.New("one is a directory, the other is not")

// Mount does it. What cannot be done is passed to warn as an [Error], and the rest is still done.
func (e *Etc) Mount(warn func(error)) {
	names, err := e.names()
	if err != nil {
		warn(err)
	}
	if len(names) == 0 && e.DNS == nil {
		return
	}
	if e.Mode == EtcOverlay {
		err := e.overlay(names, warn)
		if err == nil {
			return
		}
		// Less robust is better than nothing, as long as it is said.
		warn(err)
	}
	e.bind(names, warn)
}

// names lists what is in Dir.
func (e *Etc) names() ([]string, error) {
	if e.Dir == "" || e.Mode == EtcNone {
		return nil, nil
	}
	dir, err := os.Open(e.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// bind mounts every file and directory of Dir over the one of the same name in /etc; symlinks are followed on
// both sides.
func (e *Etc) bind(names []string, warn func(error)) {
	for _, name := range names {
		if e.DNS != nil && name == resolvConf {
			continue
		}
		if err := bindOver(filepath.Join(e.Dir, name), filepath.Join(etcDir, name)); err != nil {
			warn(err)
		}
	}
	if e.DNS == nil {
		return
	}
	if err := e.DNS.bind(warn); err != nil {
		warn(err)
	}
}

// bindOver is [Bind] with the reason said more plainly than ENOENT and ENOTDIR do.
func bindOver(source, target string) error {
	err := Bind(source, target, 0)
	var failed *Error
	if !errors.As(err, &failed) {
		return err
	}
	reason := error(nil)
	switch {
	case errors.Is(err, unix.ENOENT) && unix.Access(source, unix.F_OK) != nil:
		reason = ErrNoSource
	case errors.Is(err, unix.ENOENT):
		reason = ErrNoTarget
		if link, err := os.Readlink(target); err == nil { // of systemd-resolved, say, which does not run
			reason = fmt.Errorf("%w: there is a symlink to %q, which is missing", ErrNoTarget, link)
		}
	case errors.Is(err, unix.ENOTDIR):
		reason = ErrKinds
	default:
		return err
	}
	failed.Err = fmt.Errorf("%w (%w)", reason, failed.Err)
	return failed
}
