package mountns

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// roleEnv says what else this test binary is to do than to run tests.
const roleEnv = "GONS_MOUNTNS_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) == "ancestors" {
		for v := range (&Survey{}).Ancestors() {
			if !v.Own {
				fmt.Println(v.PID)
				break
			}
		}
		os.Exit(0)
	}
	os.Exit(nstest.Main(m).Run())
}

// The parent's mount namespace is found by the number that /proc has for the parent, also from a PID namespace in which it has none.
func TestAncestors(t *testing.T) {
	for name, flags := range map[string]uintptr{"the same": 0, "another": unix.CLONE_NEWPID} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), roleEnv+"=ancestors")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | flags}
		out, err := cmd.Output()
		if want := fmt.Sprintln(os.Getpid()); string(out) != want || err != nil {
			t.Errorf("in %s PID namespace the first ancestor is %q, %v, want %q", name, out, err, want)
		}
	}
}

// A process that is there is found with its mounts; each mount namespace comes once.
func TestAll(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	var pids []int
	roots := map[int]bool{}
	for v := range (&Survey{}).All() {
		pids = append(pids, v.PID)
		if roots[v.Mounts()[0].ID] {
			t.Errorf("the mount namespace of process %d comes twice", v.PID)
		}
		roots[v.Mounts()[0].ID] = true
	}
	if len(pids) < 2 || pids[0] != os.Getpid() || !slices.Contains(pids, cmd.Process.Pid) {
		t.Errorf("there are %v, and not this process %d first, or not %d", pids, os.Getpid(), cmd.Process.Pid)
	}
}
