package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// newCLI is a gons with a run directory of its own. What it writes is in the two buffers.
func newCLI(t *testing.T) (c *cli, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	dir := filepath.Join(t.TempDir(), "run")
	t.Cleanup(func() {
		if err := unmountBelow(dir); err != nil {
			t.Error(err)
		}
	})
	return &cli{stdout: stdout, stderr: stderr, dir: nsfile.Dir(dir), etc: dir + "-etc"}, stdout, stderr
}

// gons runs a command line that has to end with the status.
func (c *cli) testRun(t *testing.T, status int, args ...string) {
	t.Helper()
	root := newRoot(c, args)
	root.SetArgs(args)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	if got := c.report(root.Execute()); got != status {
		t.Fatalf("gons %s: status %d, want %d; it wrote %v", strings.Join(args, " "), got, status, c.stderr)
	}
}

// addVeth makes a pair of devices, name here and the other end in the namespace.
func addVeth(c *cli, name, ns string) error {
	peer, err := c.dir.Open(ns)
	if err != nil {
		return err
	}
	defer peer.Close()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "inside", PeerNamespace: netlink.NsFd(peer)})
}

func hasLink(name string) bool {
	_, err := netlink.LinkByName(name)
	return err == nil
}

// inNewNet runs fn in a new network namespace.
func inNewNet(t *testing.T, fn func() error) {
	t.Helper()
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.NewNet(); err != nil {
			return err
		}
		return fn()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// With --wait the name of a device's other end is free as soon as gons returns.
func TestDeleteWaitFreesDeviceNames(t *testing.T) {
	rounds := 50
	if n, err := strconv.Atoi(os.Getenv("GONS_TEST_ROUNDS")); err == nil {
		rounds = n
	}
	c, _, stderr := newCLI(t)
	inNewNet(t, func() error {
		for i := range rounds {
			c.testRun(t, 0, "add", "lab")
			if err := addVeth(c, "gonst0", "lab"); err != nil {
				return fmt.Errorf("round %d: %w", i, err)
			}
			c.testRun(t, 0, "delete", "--wait", "lab")
		}
		return nil
	})
	if stderr.Len() > 0 {
		t.Error(stderr)
	}
}

// As long as anything holds the namespace its devices stay, and gons says what it is.
func TestDeleteWaitSparesWhatIsHeld(t *testing.T) {
	c, _, stderr := newCLI(t)
	holders := map[string]struct {
		hold func() (release func() error, err error)
		says string
	}{
		"another name": {func() (func() error, error) {
			err := os.Symlink("lab", c.dir.Path("alias"))
			if err == nil {
				err = os.Remove(c.dir.Path("alias"))
			}
			path := c.dir.Path("other")
			err = errors.Join(err, os.WriteFile(path, nil, 0o600), unix.Mount(c.dir.Path("lab"), path, "", unix.MS_BIND, ""))
			return func() error { c.testRun(t, 0, "delete", "other"); return nil }, err
		}, `the name "other"`},
		"a process": {func() (func() error, error) {
			ns, err := c.dir.Open("lab")
			if err != nil {
				return nil, err
			}
			defer ns.Close()
			cmd := osexec.Command("sleep", "1000")
			err = nsthread.Do(func(thread *nsthread.Thread) error {
				if err := thread.SetNet(ns); err != nil {
					return err
				}
				return cmd.Start()
			})
			return func() error { _ = cmd.Process.Kill(); _ = cmd.Wait(); return nil }, err
		}, "(sleep)"},
		"a descriptor": {func() (func() error, error) {
			f, err := os.Open(c.dir.Path("lab"))
			if err != nil {
				return nil, err
			}
			defer f.Close()
			cmd := osexec.Command("sleep", "1000")
			cmd.ExtraFiles = []*os.File{f}
			return func() error { _ = cmd.Process.Kill(); _ = cmd.Wait(); return nil }, cmd.Start()
		}, "descriptor 3 of process"},
		"a mount": {func() (func() error, error) {
			path := filepath.Join(t.TempDir(), "elsewhere")
			err := errors.Join(os.WriteFile(path, nil, 0o600), unix.Mount(c.dir.Path("lab"), path, "", unix.MS_BIND, ""))
			return func() error { return unix.Unmount(path, unix.MNT_DETACH) }, err
		}, "a mount on "},
		"a socket": {func() (func() error, error) {
			ns, err := c.dir.Open("lab")
			if err != nil {
				return nil, err
			}
			defer ns.Close()
			fd := -1
			err = nsthread.Do(func(thread *nsthread.Thread) (err error) {
				if err := thread.SetNet(ns); err != nil {
					return err
				}
				fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
				if err == nil {
					err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
				}
				return err
			})
			return func() error { return unix.Close(fd) }, err
		}, "a socket of a process that is elsewhere"},
	}
	for name, h := range holders {
		t.Run(name, func(t *testing.T) {
			stderr.Reset()
			inNewNet(t, func() error {
				c.testRun(t, 0, "add", "lab")
				if err := addVeth(c, "gonst0", "lab"); err != nil {
					return err
				}
				release, err := h.hold()
				if err != nil {
					return err
				}
				c.testRun(t, 1, "delete", "--wait=100ms", "lab")
				if !hasLink("gonst0") {
					t.Error("the devices are gone")
				}
				if want := `delete "lab": the name is gone, but the namespace lives on with its devices: held by `; !strings.Contains(stderr.String(), want) ||
					!strings.Contains(stderr.String(), h.says) {
					t.Errorf("gons wrote %v", stderr)
				}
				return release()
			})
		})
	}
}

// A holder that goes in time is waited for.
func TestDeleteWaitsForHolders(t *testing.T) {
	c, _, _ := newCLI(t)
	inNewNet(t, func() error {
		c.testRun(t, 0, "add", "lab")
		if err := addVeth(c, "gonst0", "lab"); err != nil {
			return err
		}
		ns, err := c.dir.Open("lab")
		if err != nil {
			return err
		}
		cmd := osexec.Command("sleep", "0.3")
		err = nsthread.Do(func(thread *nsthread.Thread) error {
			if err := thread.SetNet(ns); err != nil {
				return err
			}
			return cmd.Start()
		})
		ns.Close()
		if err != nil {
			return err
		}
		start := time.Now()
		c.testRun(t, 0, "delete", "--wait", "lab")
		if hasLink("gonst0") || time.Since(start) < 200*time.Millisecond {
			t.Errorf("returned after %v, device there: %v", time.Since(start), hasLink("gonst0"))
		}
		return cmd.Wait()
	})
}
