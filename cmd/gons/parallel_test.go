package main

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// gons returns a command that runs main in another process, on the run directory dir.
func gons(dir string, args ...string) *osexec.Cmd {
	// /proc/self is safe here: all threads run the same file.
	cmd := osexec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "gons" // as TestMain tells it from the tests
	cmd.Env = append(os.Environ(), "GONS_RUN_DIR="+dir)
	return cmd
}

// newTree mounts a file system with the given propagation and returns a run directory to be in it, which does not exist yet.
func newTree(t *testing.T, propagation uintptr) string {
	t.Helper()
	tree := t.TempDir()
	if err := unix.Mount("tmpfs", tree, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unmountBelow(tree); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mount("", tree, "", propagation, ""); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(tree, "netns")
}

// Many processes use a run directory for the first time at once, below a mount that is private and below one that is
// shared, as /run is where systemd runs.
func TestParallelFirstUse(t *testing.T) {
	for name, propagation := range map[string]uintptr{"private": unix.MS_PRIVATE, "shared": unix.MS_SHARED} {
		t.Run(name, func(t *testing.T) {
			const processes = 50
			dir := newTree(t, propagation)
			var work sync.WaitGroup
			for i := range processes {
				work.Go(func() {
					if out, err := gons(dir, "add", fmt.Sprint("n", i)).CombinedOutput(); err != nil || len(out) > 0 {
						t.Errorf("gons add n%d: %v\n%s", i, err, out)
					}
				})
			}
			work.Wait()
			points, err := mountPoints(dir)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(points)
			want := []string{dir}
			for i := range processes {
				want = append(want, filepath.Join(dir, fmt.Sprint("n", i)))
			}
			slices.Sort(want)
			if !slices.Equal(points, want) {
				t.Errorf("mounts are\n%s\nwant\n%s", strings.Join(points, "\n"), strings.Join(want, "\n"))
			}
			// They are 50 different namespaces, and none is that of the test.
			inodes := map[uint64]bool{inode(t, "/proc/thread-self/ns/net"): true}
			for _, point := range want[1:] {
				inodes[inode(t, point)] = true
			}
			if len(inodes) != processes+1 {
				t.Errorf("%d names are %d namespaces", processes, len(inodes)-1)
			}
			if out, err := gons(dir, "delete", "--all").CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gons delete --all: %v\n%s", err, out)
			}
		})
	}
}

// Many processes add and delete the same few names: each add has one winner, and nothing is left at the end.
func TestParallelSameNames(t *testing.T) {
	dir := newTree(t, unix.MS_PRIVATE)
	const rounds, rivals = 20, 8
	for range rounds {
		var mu sync.Mutex
		var work sync.WaitGroup
		winners := 0
		for range rivals {
			work.Go(func() {
				out, err := gons(dir, "add", "same").CombinedOutput()
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					winners++
				case !strings.HasPrefix(string(out), `gons: error: add "same": the name is taken`):
					t.Errorf("gons add same: %v\n%s", err, out)
				}
			})
		}
		work.Wait()
		if winners != 1 {
			t.Fatalf("%d processes have added the same name", winners)
		}
		for range rivals {
			work.Go(func() {
				if out, err := gons(dir, "delete", "--if-exists", "same").CombinedOutput(); err != nil {
					t.Errorf("gons delete same: %v\n%s", err, out)
				}
			})
		}
		work.Wait()
	}
	// And all at once, in any order.
	var work sync.WaitGroup
	for i := range rounds * rivals {
		work.Go(func() {
			verb := []string{"add", "delete", "exec"}[i%3]
			args := []string{verb, fmt.Sprint("n", i%2)}
			if verb == "exec" {
				args = append(args, "true")
			}
			out, _ := gons(dir, args...).CombinedOutput()
			for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
				known := line == "" || strings.Contains(line, "the name is taken") || strings.Contains(line, "no such name") ||
					strings.HasPrefix(line, "gons: hint: ")
				// exec looks without the lock, and may see a name between its file and its mount.
				known = known || verb == "exec" && strings.Contains(line, "it is stale")
				if !known {
					t.Errorf("gons %v: %s", args, line)
				}
			}
		})
	}
	work.Wait()
	if out, err := gons(dir, "delete", "--all").CombinedOutput(); err != nil {
		t.Errorf("gons delete --all: %v\n%s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if points, err := mountPoints(dir + "/"); err != nil || len(points) > 0 {
		t.Errorf("left mounted: %v, %v", points, err)
	}
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatalf("stat %s: %v", path, err)
	}
	return st.Ino
}
