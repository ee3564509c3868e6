package exec

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// coveredDirs are where mounts take the place of what was there.
var coveredDirs = [...]string{"/sys", "/etc"}

// workingDir returns the working directory of the thread if it is one that mounts may cover, else nothing.
func workingDir() string {
	// A small buffer first: a stack that has to grow costs more than the call.
	buf := make([]byte, 256)
	n, err := unix.Getcwd(buf)
	if errors.Is(err, unix.ERANGE) {
		buf = make([]byte, unix.PathMax)
		n, err = unix.Getcwd(buf)
	}
	if err != nil || n < 1 {
		return ""
	}
	wd := string(buf[:n-1])
	for _, dir := range coveredDirs {
		if wd == dir || strings.HasPrefix(wd, dir+"/") {
			return wd
		}
	}
	return ""
}

// changeDir goes to the working directory that the program starts in: Dir, or by its name to wd if that may be covered now. The
// inode alone would leave it in the /sys outside.
func (p *Plan) changeDir(wd string) error {
	if wd != "" && !p.NoMounts {
		if err := p.comeBack(wd); err != nil {
			return err
		}
	}
	if p.Dir == "" {
		return nil
	}
	if err := unix.Chdir(p.Dir); err != nil {
		return fmt.Errorf("change to the working directory %q: %w", p.Dir, err)
	}
	return nil
}

// comeBack changes to wd or, where the namespace does not have it, to the nearest directory above that it has.
func (p *Plan) comeBack(wd string) error {
	first := unix.Chdir(wd)
	if first == nil {
		return nil
	}
	if !errors.Is(first, unix.ENOENT) && !errors.Is(first, unix.ENOTDIR) {
		return fmt.Errorf("change to the working directory %q: %w", wd, first)
	}
	for dir := path.Dir(wd); ; dir = path.Dir(dir) {
		if unix.Chdir(dir) != nil && dir != "/" {
			continue
		}
		if p.Dir != "" {
			return nil
		}
		moved := failures{fmt.Errorf("the namespace has no directory %q: the command starts in %q", wd, dir)}
		return moved.report(p)
	}
}
