package mounts

import (
	"io"
	"strings"

	"gons/internal/mountinfo"

	"golang.org/x/sys/unix"
)

// mountinfoPath lists the mounts of the calling thread. Not /proc/self: that is the main thread.
const mountinfoPath = "/proc/thread-self/mountinfo"

// pointsOf reads the text of a mountinfo file, oldest mount first. Mounts that are neither on dir, nor above or below it, are left
// out: there can be very many.
func pointsOf(info io.Reader, dir string) ([]point, error) {
	var points []point
	for m, err := range mountinfo.All(info) {
		if err != nil {
			return nil, err
		}
		if !within(m.Point, dir) && !within(dir, m.Point) {
			continue
		}
		points = append(points, point{
			id: uint64(m.ID), parent: uint64(m.Parent), path: m.Point, unbindable: m.Unbindable,
		})
	}
	return points, nil
}

// readMountinfo returns the mounts of the calling thread that have to do with dir, as pointsOf does.
func readMountinfo(dir string) ([]point, error) {
	f, err := mountinfo.Open("thread-self")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return pointsOf(f, dir)
}

// topAt returns the id of the mount that a path lookup of dir ends in: the last one on dir or, where none is, on the
// nearest directory above. It is 0 if there is none.
func topAt(points []point, dir string) uint64 {
	var top point
	for _, p := range points {
		if within(p.path, dir) && len(p.path) >= len(top.path) {
			top = p
		}
	}
	return top.id
}

// within tells whether the clean absolute path is dir or below it.
func within(dir, path string) bool {
	return dir == "/" || path == dir || strings.HasPrefix(path, dir) && path[len(dir)] == '/'
}

// FindType returns where a file system of that type is mounted. The error is an [Error], ENOENT if there is none.
func FindType(fstype string) (string, error) {
	f, err := mountinfo.Open("thread-self")
	if err != nil {
		return "", err
	}
	defer f.Close()
	for m, err := range mountinfo.All(f) {
		if err != nil {
			return "", err
		}
		if m.FSType == fstype {
			return m.Point, nil
		}
	}
	return "", &Error{Op: "find a mounted " + fstype, Target: mountinfoPath, Err: unix.ENOENT}
}
