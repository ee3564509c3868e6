package mounts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// overlay puts an overlay on /etc, with copies of the files called names above what is there. They have to be copies: layers
// of one file system must not overlap. The upper layer lives in memory, so /etc can be written to, and what is written ends with
// the mount namespace. What is mounted below /etc stays, unless it is one of names.
func (e *Etc) overlay(names []string, warn func(error)) error {
	avoid := append([]string{etcDir, e.Dir}, maskedDirs[:]...)
	for _, name := range names {
		avoid = append(avoid, filepath.Join(e.Dir, name)) // may be symlinks to anywhere
	}
	dir, done, err := scratch(avoid...)
	if err != nil {
		return err
	}
	defer done()
	upper, work := filepath.Join(dir, "upper"), filepath.Join(dir, "work")
	if err := copyFile(etcDir, upper, shallow); err != nil {
		return err
	}
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(e.Dir, name), filepath.Join(upper, name), followed); err != nil {
			warn(err)
		}
	}
	if e.DNS != nil {
		if err := e.DNS.write(upper, upper); err != nil {
			return err
		}
	}
	below := keep(etcDir, func(path string) bool {
		_, err := os.Lstat(upper + strings.TrimPrefix(path, etcDir))
		return err == nil
	}, warn)
	if err := mountOverlay(etcDir, upper, work); err != nil {
		below.drop()
		return err
	}
	below.restore(warn)
	if e.DNS != nil {
		e.DNS.mask(dir, warn)
	}
	return nil
}

// OpOverlay is the operation of an [Error] about an overlay.
const OpOverlay = "mount an overlay"

// mountOverlay covers dir by an overlay of itself and upper.
func mountOverlay(dir, upper, work string) error {
	data := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", dir, upper, work)
	if unix.Setxattr(work, "trusted.overlay.gons", []byte("y"), 0) != nil {
		// In a user namespace the overlay has to keep its records in attributes of another class (Linux 5.11).
		if err := mount(OpOverlay, "gons", dir, "overlay", 0, data+",userxattr"); err == nil {
			return nil
		}
	}
	return mount(OpOverlay, "gons", dir, "overlay", 0, data)
}
