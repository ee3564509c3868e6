//go:build linux && (amd64 || arm64) && !race

package early

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A dirEntry is one name in a directory.
type dirEntry struct {
	name string // a zero byte follows
	kind byte   // DT_REG and the like
}

func compareEntries(a, b dirEntry) int {
	switch {
	case a.name < b.name:
		return -1
	case a.name > b.name:
		return 1
	}
	return 0
}

// Where what is needed of a struct linux_dirent64 is in it.
const (
	direntSize = 16
	direntKind = 18
	direntName = 19
)

// Most names of a directory that are dealt with, and what they may take.
const (
	maxEntries = 1 << 15
	maxText    = 2 << 20
)

// A directory is one that was read.
type directory struct {
	fd    int
	names []dirEntry // sorted
}

// read reads the directory, which stays open.
func (d *directory) read(path *byte) bool {
	fd, errno := openAt(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
	if errno != 0 {
		return false
	}
	d.fd = fd
	room := newMemory(maxText, false)
	entries := newMemory(maxEntries*int(unsafe.Sizeof(dirEntry{})), false)
	if room == nil || entries == nil {
		return false
	}
	d.names = unsafe.Slice((*dirEntry)(entries), maxEntries)
	n, ok := readNames(fd, unsafe.Slice((*byte)(room), maxText), d.names)
	d.names = d.names[:n]
	return ok
}

// readNames reads all names of the directory into entries, sorted, and their text into room. It returns how many there are, and false if
// they do not fit, or cannot be read.
func readNames(dir int, room []byte, entries []dirEntry) (int, bool) {
	count := 0
	for {
		n, errno := getDents(dir, room)
		if errno != 0 || n < 0 || n > len(room) {
			return 0, false
		}
		if n == 0 {
			slices.SortFunc(entries[:count], compareEntries)
			return count, true
		}
		for part := room[:n]; len(part) > direntName; {
			size := int(*(*uint16)(unsafe.Pointer(&part[direntSize])))
			if size <= direntName || size > len(part) || count == len(entries) {
				return 0, false
			}
			entry := dirEntry{text(&part[direntName]), part[direntKind]}
			part = part[size:]
			if entry.name != "." && entry.name != ".." {
				entries[count] = entry
				count++
			}
		}
		room = room[n:]
	}
}
