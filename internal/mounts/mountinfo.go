package mounts

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mountinfoPath lists the mounts of the calling thread. Not /proc/self: that is the main thread.
const mountinfoPath = "/proc/thread-self/mountinfo"

// parseMountinfo reads a mountinfo file (proc_pid_mountinfo(5)), oldest mount first. Lines that are none are left out.
func parseMountinfo(info []byte) []point {
	var points []point
	for line := range bytes.Lines(info) {
		// id parent major:minor root point options optional... - type source options
		fields := strings.Fields(string(line))
		end := slices.Index(fields, "-")
		if end < 6 {
			continue
		}
		id, err1 := strconv.ParseUint(fields[0], 10, 64)
		parent, err2 := strconv.ParseUint(fields[1], 10, 64)
		if err1 != nil || err2 != nil {
			continue
		}
		points = append(points, point{
			id:         id,
			parent:     parent,
			path:       unescapeOctal(fields[4]),
			unbindable: slices.Contains(fields[6:end], "unbindable"),
		})
	}
	return points
}

// unescapeOctal replaces the kernel's \ooo, three octal digits, by the byte that they stand for.
func unescapeOctal(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
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
	info, err := os.ReadFile(mountinfoPath)
	if err != nil {
		return "", err
	}
	for line := range bytes.Lines(info) {
		fields := strings.Fields(string(line))
		if end := slices.Index(fields, "-"); end > 4 && end+1 < len(fields) && fields[end+1] == fstype {
			return unescapeOctal(fields[4]), nil
		}
	}
	return "", &Error{Op: "find a mounted " + fstype, Target: mountinfoPath, Err: unix.ENOENT}
}
