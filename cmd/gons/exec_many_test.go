package main

import (
	"bytes"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// startMany runs a command of gons that starts three processes in each of a few namespaces, each with a child of its own, of which
// one does not care about signals. It returns when all that are to run do.
func startMany(t *testing.T, dir nsfile.Dir, setup func(*osexec.Cmd), running int, flags ...string) (*osexec.Cmd, func() []int) {
	t.Helper()
	pidfile := filepath.Join(t.TempDir(), "pids")
	script := `echo $$ >>` + pidfile + `; sleep 1000 & echo $! >>` + pidfile + `
		sh -c 'trap "" INT TERM; echo $$ >>` + pidfile + `; while :; do sleep 0.05; done'`
	args := append(append([]string{"exec", "--all"}, flags...), "sh", "-c", script)
	cmd := gons(string(dir), args...)
	setup(cmd)
	cmd.WaitDelay = 30 * time.Second // what is left behind keeps the output open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pids := func() (pids []int) {
		text, _ := os.ReadFile(pidfile)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	for deadline := time.Now().Add(20 * time.Second); len(pids()) < 3*running; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("only %d processes run", len(pids()))
		}
	}
	return cmd, pids
}

// Ctrl-C ends everything, whether the terminal sends it to all or somebody sends it to gons alone.
func TestExecManyInterrupted(t *testing.T) {
	for name, test := range map[string]struct {
		flags   []string
		running int
		setup   func(*osexec.Cmd)
		stop    func(*osexec.Cmd) error
		status  int
	}{
		"SIGINT to gons, in turn":  {nil, 1, func(*osexec.Cmd) {}, interrupt, 130},
		"SIGINT to gons, at once":  {[]string{"-P", "3"}, 3, func(*osexec.Cmd) {}, interrupt, 130},
		"SIGTERM to gons, at once": {[]string{"-P", "2"}, 2, func(*osexec.Cmd) {}, func(c *osexec.Cmd) error { return c.Process.Signal(unix.SIGTERM) }, 143},
		"SIGINT to the group": {
			[]string{"-P", "3"},
			3, func(c *osexec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} },
			func(c *osexec.Cmd) error { return unix.Kill(-c.Process.Pid, unix.SIGINT) }, 130,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, _ := newCLI(t)
			c.testRun(t, 0, "add", "a", "b", "c")
			defer c.testRun(t, 0, "delete", "--all")
			var stderr bytes.Buffer
			cmd, pids := startMany(t, c.dir, func(cmd *osexec.Cmd) { cmd.Stderr = &stderr; test.setup(cmd) }, test.running, test.flags...)
			if err := test.stop(cmd); err != nil {
				t.Error(err)
			}
			checkEnded(t, cmd, pids(), test.status, test.running)
		})
	}
}

func interrupt(c *osexec.Cmd) error { return c.Process.Signal(unix.SIGINT) }

func checkEnded(t *testing.T, cmd *osexec.Cmd, pids []int, status, running int) {
	t.Helper()
	var exit *osexec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() < status {
		t.Errorf("gons ended with %v, want status %d or higher", err, status)
	}
	if len(pids) != 3*running {
		t.Errorf("%d processes were started, want %d", len(pids), 3*running)
	}
	for _, pid := range pids {
		if err := unix.Kill(pid, 0); err == nil && !isZombie(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

// isZombie tells whether a process has ended. Z waits for its parent, X is being taken away at that moment.
func isZombie(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err != nil || strings.Contains(string(status), "State:\tZ") || strings.Contains(string(status), "State:\tX")
}

// In a terminal Ctrl-C reaches gons and the commands.
func TestExecManyTerminal(t *testing.T) {
	master, slave := openPTY(t)
	c, _, _ := newCLI(t)
	c.testRun(t, 0, "add", "a", "b")
	defer c.testRun(t, 0, "delete", "--all")
	cmd, pids := startMany(t, c.dir, func(cmd *osexec.Cmd) {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}, 1)
	if _, err := master.Write([]byte{3}); err != nil {
		t.Error(err)
	}
	checkEnded(t, cmd, pids(), 130, 1)
}

// openPTY opens a terminal. What is written to it is thrown away when the buffer is full.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	const tiocgptpeer = 0x5441
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, master.Fd(), tiocgptpeer, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		t.Fatal(errno)
	}
	slave = os.NewFile(fd, "terminal")
	t.Cleanup(func() { slave.Close() })
	return master, slave
}
