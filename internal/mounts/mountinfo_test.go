package mounts

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const someMountinfo = `23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
31 23 0:28 / /sys/fs/cgroup ro,nosuid shared:9 master:3 - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/a\040b rw unbindable - cgroup2 cgroup2 rw
40 23 0:33 / /system rw - tmpfs tmpfs rw
41 23 0:34 / /sys/kernel/debug rw - debugfs none rw
42 23 0:35 / /sys/kernel rw - tmpfs none rw
27 1 0:2 / / rw - ext4 /dev/vda rw
`

func TestPointsOf(t *testing.T) {
	want := []point{
		{23, 27, "/sys", false},
		{31, 23, "/sys/fs/cgroup", false},
		{32, 31, "/sys/fs/cgroup/a b", true},
		{40, 23, "/system", false},
		{41, 23, "/sys/kernel/debug", false},
		{42, 23, "/sys/kernel", false},
		{27, 1, "/", false},
	}
	points, err := pointsOf(strings.NewReader(someMountinfo), "/")
	must(t, err)
	if !reflect.DeepEqual(points, want) {
		t.Errorf("got  %v\nwant %v", points, want)
	}
	if top := topAt(points, "/sys"); top != 23 {
		t.Errorf("/sys is on mount %d, want 23", top)
	}
	if top := topAt(points, "/etc"); top != 27 {
		t.Errorf("/etc is on mount %d, want 27", top)
	}
	direct, unbindable := selectBelow(points, 23, "/sys")
	if want := []string{"/sys/fs/cgroup", "/sys/kernel"}; !slices.Equal(direct, want) {
		t.Errorf("directly below are %q, want %q: the one under /sys/kernel is covered", direct, want)
	}
	if want := []string{"/sys/fs/cgroup/a b"}; !slices.Equal(unbindable, want) {
		t.Errorf("unbindable are %q, want %q", unbindable, want)
	}
}

func FuzzPointsOf(f *testing.F) {
	f.Add(someMountinfo)
	f.Add("1 2 3:4 / /5\\0 6 - \\ x y")
	f.Fuzz(func(t *testing.T, info string) {
		points, err := pointsOf(strings.NewReader(info), "/")
		if err != nil {
			return // what the kernel cannot have written
		}
		direct, unbindable := selectBelow(points, topAt(points, "/sys"), "/sys")
		some, err := pointsOf(strings.NewReader(info), "/sys")
		direct2, unbindable2 := selectBelow(some, topAt(some, "/sys"), "/sys")
		if err != nil || !slices.Equal(direct, direct2) || !slices.Equal(unbindable, unbindable2) {
			t.Errorf("without the others %q and %q are found, and %q and %q with them: %v", direct2, unbindable2, direct, unbindable, err)
		}
		for _, path := range direct {
			if !strings.HasPrefix(path, "/sys/") {
				t.Errorf("%q is not below /sys", path)
			}
		}
	})
}

// TestTwoLists compares what listmount(2) says with mountinfo.
func TestTwoLists(t *testing.T) {
	inside(t, func() {
		must(t, unix.Mount("none", "/mnt", "tmpfs", 0, ""))
		for _, name := range []string{"a", "b", "b/deep er"} {
			must(t, os.MkdirAll("/mnt/"+name, 0o755))
			must(t, unix.Mount("none", "/mnt/"+name, "tmpfs", 0, ""))
			must(t, os.MkdirAll("/mnt/b/deep er", 0o755))
		}
		must(t, unix.Mount("", "/mnt/b", "", unix.MS_UNBINDABLE, ""))

		points, err := readMountinfo("/mnt")
		must(t, err)
		direct, unbindable := selectBelow(points, topAt(points, "/mnt"), "/mnt")
		if want := []string{"/mnt/a", "/mnt/b"}; !slices.Equal(direct, want) {
			t.Errorf("mountinfo has %q directly below, want %q", direct, want)
		}
		if want := []string{"/mnt/b"}; !slices.Equal(unbindable, want) {
			t.Errorf("mountinfo has %q unbindable, want %q", unbindable, want)
		}
		top, points, err := listMounts("/mnt")
		if errors.Is(err, unix.ENOSYS) {
			t.Log("no listmount(2) before Linux 6.8")
			return
		}
		must(t, err)
		if len(points) != 3 {
			t.Errorf("listmount has %v, want 3", points)
		}
		direct2, unbindable2 := selectBelow(points, top, "/mnt")
		if !slices.Equal(direct, direct2) || !slices.Equal(unbindable, unbindable2) {
			t.Errorf("listmount has %q and %q, mountinfo %q and %q", direct2, unbindable2, direct, unbindable)
		}
	})
}
