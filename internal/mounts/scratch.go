package mounts

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// scratchPlaces are directories that nearly every root has. One of them is covered for a moment.
var scratchPlaces = [...]string{"/tmp", "/run", "/mnt", "/var", "/dev", "/usr"}

// scratch mounts an empty file system in memory on a directory that is none of avoid and not above them. What is bound
// or layered from it stays when done takes it away again. The error is an [Error].
func scratch(avoid ...string) (dir string, done func(), err error) {
	err = unix.ENOENT
	for _, place := range scratchPlaces {
		st, statErr := os.Lstat(place)
		if statErr != nil || !st.IsDir() || above(place, avoid) {
			continue
		}
		err = unix.Mount("gons", place, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755")
		if err == nil {
			return place, func() { _, _ = Unmount(place) }, nil
		}
	}
	return "", nil, &Error{Op: "mount a tmpfs on one of", Target: strings.Join(scratchPlaces[:], " "), Err: err}
}

// above tells whether one of paths, symlinks followed, is dir or below it.
func above(dir string, paths []string) bool {
	for _, path := range paths {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		if within(dir, path) {
			return true
		}
	}
	return false
}
