package nsid_test

import (
	"testing"

	"gons/internal/nsid"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// The ids of 256 handles, which is four batches.
func BenchmarkIDs(b *testing.B) {
	fd, err := unix.Open(nsthread.NetPath, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)
	conn, err := nsid.Dial()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	handles := make([]netns.NsHandle, 256)
	for i := range handles {
		handles[i] = netns.NsHandle(fd)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.IDs(handles); err != nil {
			b.Fatal(err)
		}
	}
}
