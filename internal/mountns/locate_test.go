package mountns

import (
	"os"
	"path/filepath"
	"testing"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// What the kernel says of one path is what the list of all mounts says of it.
func TestLocateAgrees(t *testing.T) {
	dir := t.TempDir()
	path := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, name := range []string{"tmpfs", "bind here", "peer"} {
		if err := os.Mkdir(path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount := func(source, target, kind string, flags uintptr) {
		t.Helper()
		if err := unix.Mount(source, target, kind, flags, ""); err != nil {
			t.Fatal(err)
		}
		if flags == 0 || flags&unix.MS_BIND != 0 {
			t.Cleanup(func() {
				if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
					t.Error(err)
				}
			})
		}
	}
	mount("none", path("tmpfs"), "tmpfs", 0)
	mount("", path("tmpfs"), "", unix.MS_SHARED)
	if err := os.MkdirAll(path("tmpfs", "a b", "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("tmpfs", "ns"), nil, 0); err != nil {
		t.Fatal(err)
	}
	mount("/proc/thread-self/ns/net", path("tmpfs", "ns"), "", unix.MS_BIND)
	mount(path("tmpfs", "a b"), path("bind here"), "", unix.MS_BIND)
	mount(path("tmpfs"), path("peer"), "", unix.MS_BIND)
	mount("", path("peer"), "", unix.MS_SLAVE)
	visited := 0
	for v := range (&Survey{}).Ancestors() {
		if !v.Own {
			continue
		}
		visited++
		listed := &View{mounts: v.Mounts()}
		for _, file := range []string{
			"/", dir, path("tmpfs"), path("tmpfs", "a b", "c"), path("tmpfs", "ns"), path("bind here"), path("bind here", "c"), path("peer", "a b"),
		} {
			if _, err := mounts.Of(file); err != nil {
				t.Skipf("the kernel has no statmount: %v", err)
			}
			at, m := v.Locate(file)
			wantAt, want := listed.Locate(file)
			want.FSType, want.Source, want.Unbindable = "", "", false
			if at != wantAt || m != want {
				t.Errorf("%s is %v in %+v, listed is %v in %+v", file, at, m, wantAt, want)
			}
		}
	}
	if visited != 1 {
		t.Errorf("the own mount namespace was visited %d times", visited)
	}
}
