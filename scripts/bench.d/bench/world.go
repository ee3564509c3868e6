package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A world is what the commands find: names in the run directory, and processes.
type world struct {
	dir     string // the programs of scripts/bench
	gons    string
	against string // another gons, or empty
	names   int    // ns0000 to the last one
}

const runDir = "/run/netns"

// newWorld prepares an empty world. Both builds of gons are copied in the same way: a file that the linker wrote, and is
// still in the page cache as it wrote it, starts more slowly.
func newWorld(opts options) (*world, error) {
	w := &world{dir: opts.work, gons: filepath.Join(opts.work, "gons")}
	if err := copyFile(w.gons, filepath.Join(opts.work, "gons.linked")); err != nil {
		return nil, err
	}
	if opts.against != "" {
		w.against = filepath.Join(opts.work, "other")
		if err := copyFile(w.against, opts.against); err != nil {
			return nil, err
		}
	}
	if entries, _ := os.ReadDir(runDir); len(entries) > 0 {
		return nil, fmt.Errorf("there are names in %s: start it with scripts/bench", runDir)
	}
	// The first add makes the run directory a shared mount.
	if err := w.call(w.gons, "add", "first"); err != nil {
		return nil, err
	}
	return w, w.call(w.gons, "delete", "first")
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// name is the name of namespace number i.
func name(i int) string { return fmt.Sprintf("ns%04d", i) }

func names(from, to int) []string {
	all := make([]string, 0, max(0, to-from))
	for i := from; i < to; i++ {
		all = append(all, name(i))
	}
	return all
}

// resize makes it n names, neither more nor less.
func (w *world) resize(n int) error {
	entries, err := os.ReadDir(runDir)
	if err != nil {
		return err
	}
	if len(entries) != w.names || w.names > n { // something else is there, too
		if err := w.call(w.gons, "delete", "--all"); err != nil {
			return err
		}
		settle(len(entries))
		w.names = 0
	}
	if w.names < n {
		if err := w.call(w.gons, append([]string{"add"}, names(w.names, n)...)...); err != nil {
			return err
		}
		w.names = n
	}
	return nil
}

// settle waits while the kernel takes n namespaces apart, which it does in the background and tells nobody.
func settle(n int) { time.Sleep(50*time.Millisecond + time.Duration(n)*2*time.Millisecond) }

// populate makes count processes in each of the first n namespaces, and ends those that are there.
func (w *world) populate(n, count int) error {
	if err := w.call("sh", "-c", `for p in /proc/[0-9]*; do
		[ "$(readlink "$p/exe")" != "$0" ] || kill -9 "${p#/proc/}"
	done`, filepath.Join(w.dir, "idle")); err != nil {
		return err
	}
	for i := range n {
		if err := w.call("nsenter", "--net="+filepath.Join(runDir, name(i)), filepath.Join(w.dir, "idle"), strconv.Itoa(count)); err != nil {
			return err
		}
	}
	return nil
}

// someone is a process in namespace number i.
func (w *world) someone(i int) (string, error) {
	out, err := exec.Command("ip", "netns", "pids", name(i)).Output()
	first, _, _ := strings.Cut(string(out), "\n")
	if err == nil && first == "" {
		err = fmt.Errorf("no process in %s", name(i))
	}
	return first, err
}

// call runs a command that is not measured.
func (w *world) call(program string, args ...string) error {
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args[:min(2, len(args))], " "), err, out)
	}
	return nil
}
