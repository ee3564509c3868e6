package mounts

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// belowSys describes the visible mounts below /sys: place, options, type.
func belowSys(t *testing.T) []string {
	t.Helper()
	info, err := os.ReadFile(mountinfoPath)
	must(t, err)
	var all []string
	points, err := pointsOf(bytes.NewReader(info), "/")
	must(t, err)
	below := map[uint64]bool{topAt(points, sysDir): true}
	for range points { // a child may come before its parent
		for _, p := range points {
			if below[p.parent] {
				below[p.id] = true
			}
		}
	}
	delete(below, topAt(points, sysDir))
	for line := range bytes.Lines(info) {
		fields := strings.Fields(string(line))
		if p, err := pointsOf(bytes.NewReader(line), "/"); err == nil && len(p) == 1 && below[p[0].id] {
			end := slices.Index(fields, "-")
			all = append(all, strings.Join([]string{fields[3], fields[4], fields[5], fields[end+1]}, " "))
		}
	}
	slices.Sort(all)
	return all
}

// someMounts puts more below /sys: nested ones, with options, an unbindable one.
func someMounts(t *testing.T) {
	t.Helper()
	must(t, unix.Mount("one", "/sys/kernel", "tmpfs", unix.MS_NOEXEC|unix.MS_NOATIME, "size=4k"))
	must(t, os.Mkdir("/sys/kernel/in side", 0o755))
	must(t, unix.Mount("two", "/sys/kernel/in side", "tmpfs", unix.MS_RDONLY|unix.MS_NODEV, ""))
	must(t, unix.Mount("", "/sys/kernel", "", unix.MS_UNBINDABLE|unix.MS_REC, ""))
}

func TestSysKeep(t *testing.T) {
	inside(t, func() {
		someMounts(t)
		before := belowSys(t)
		if len(before) < 2 {
			must(t, fmt.Errorf("below /sys is only %q", before))
		}
		must(t, Sys("name", SysKeep, noWarning(t)))
		if after := belowSys(t); !slices.Equal(before, after) {
			t.Errorf("below /sys was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		onlyLo(t)
	})
}

func TestSysFresh(t *testing.T) {
	inside(t, func() {
		someMounts(t)
		must(t, Sys("name", SysFresh, noWarning(t)))
		if after := belowSys(t); len(after) != 0 {
			t.Errorf("below the new /sys is %q", after)
		}
		onlyLo(t)
	})
}

func TestSysNone(t *testing.T) {
	inside(t, func() {
		var before, after unix.Stat_t
		must(t, unix.Stat(sysDir, &before))
		must(t, Sys("name", SysNone, noWarning(t)))
		must(t, unix.Stat(sysDir, &after))
		if before.Dev != after.Dev {
			t.Error("/sys is another one")
		}
	})
}

// onlyLo checks that /sys is that of a new network namespace.
func onlyLo(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir("/sys/class/net")
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "lo" {
		t.Errorf("/sys/class/net has %v, want lo alone", entries)
	}
}

func TestSysReadOnly(t *testing.T) {
	inside(t, func() {
		var options uintptr = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NOEXEC
		if nstest.Root() { // the access time options of what a user did not mount are locked
			options |= unix.MS_NOATIME
		}
		must(t, unix.Mount("", sysDir, "", unix.MS_REMOUNT|unix.MS_BIND|options, ""))
		for range 2 { // in place of the first one, then of ours
			must(t, Sys("name", SysKeep, noWarning(t)))
			var st unix.Statfs_t
			must(t, unix.Statfs(sysDir, &st))
			if uintptr(st.Flags)&options != options {
				t.Errorf("/sys has the flags %#x, want %#x", st.Flags, options)
			}
			onlyLo(t)
		}
		// The file system itself is not read-only, or every later mount of it would be.
		info, err := os.ReadFile(mountinfoPath)
		must(t, err)
		for line := range strings.Lines(string(info)) {
			if strings.Contains(line, " /sys ") && strings.Contains(line, "- sysfs name ") && !strings.HasSuffix(line, " rw\n") {
				t.Errorf("read-only for all: %s", line)
			}
		}
	})
}

func TestSysMissing(t *testing.T) {
	nstest.NeedRoot(t) // a user cannot have a root without /sys: what he sees of the machine is locked
	inside(t, func() {
		must(t, unix.Mount("none", "/mnt", "tmpfs", 0, ""))
		must(t, unix.Chroot("/mnt")) // the thread has a root of its own since NewMount
		err := Sys("name", SysKeep, noWarning(t))
		var failed *Error
		if !errors.As(err, &failed) || failed.Target != sysDir || !errors.Is(err, unix.ENOENT) {
			t.Errorf("got %v, want an Error with ENOENT", err)
		}
	})
}

func TestCutInChroot(t *testing.T) {
	inside(t, func() {
		must(t, os.MkdirAll("/run/root", 0o755))
		defer os.Remove("/run/root")
		must(t, unix.Chroot("/run/root"))
		if err := Cut(Slave); !errors.Is(err, ErrNoMountRoot) {
			t.Errorf("got %v, want ErrNoMountRoot", err)
		}
	})
}
