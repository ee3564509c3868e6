//go:build linux && (amd64 || arm64) && !race

package early

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A directory of 1,000 names, read and sorted.
func BenchmarkReadNames(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("ns%04d", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)
	room, entries := make([]byte, 64<<10), make([]dirEntry, 1100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
			b.Fatal(err)
		}
		if n, ok := readNames(fd, room, entries); n != 1000 || !ok {
			b.Fatalf("read %d names, %v", n, ok)
		}
	}
}

// The lines and the JSON of 1,000 namespaces with ids.
func BenchmarkList(b *testing.B) {
	all := make([]listed, 1000)
	for i := range all {
		all[i] = listed{name: fmt.Sprintf("ns%04d", i), handle: nsHandle{ino: 4026532000 + uint32(i)}, id: int32(i)}
	}
	out := output{room: make([]byte, 256<<10)}
	b.ReportAllocs()
	for b.Loop() {
		out.size = 0
		out.addLines(all)
		out.addJSON(all)
	}
	if out.long {
		b.Error("it does not fit")
	}
}
