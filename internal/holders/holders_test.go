package holders_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gons/internal/holders"
	"gons/internal/nstest"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// roleEnv says what else this test binary is to do than to run tests.
const roleEnv = "GONS_HOLDERS_ROLE"

func init() {
	if os.Getenv(roleEnv) != "main-ends" {
		return
	}
	// The main thread ends alone: the process goes on as a zombie with one live thread.
	go func() {
		_, _ = os.Stdout.WriteString("ready\n")
		time.Sleep(time.Minute)
		os.Exit(0)
	}()
	runtime.LockOSThread()
	_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
}

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) == "open-init" {
		_, err := holders.Open(1)
		_, findErr := holders.Find(holders.Query{})
		if errors.Is(err, holders.ErrOtherPIDs) && errors.Is(findErr, holders.ErrOtherPIDs) {
			os.Exit(42)
		}
		println(err.Error())
		os.Exit(1)
	}
	if os.Getenv(roleEnv) == "long-arguments" {
		println(longArguments().Error())
		os.Exit(1)
	}
	os.Exit(nstest.Main(m).Run())
}

// start starts a program, in a new network namespace if fresh, and returns the namespace's inode number. The program ends with the
// test.
func start(t *testing.T, fresh bool, cmd *exec.Cmd) uint64 {
	t.Helper()
	var st unix.Stat_t
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if fresh {
			if err := thread.NewNet(); err != nil {
				return err
			}
		}
		if err := unix.Stat(nsthread.NetPath, &st); err != nil {
			return err
		}
		return cmd.Start()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return st.Ino
}

func find(t *testing.T, q holders.Query) []holders.Task {
	t.Helper()
	found, err := holders.Find(q)
	if err != nil {
		t.Fatal(err)
	}
	return found.Tasks
}

// newNet moves the thread into a new network namespace and returns its inode number.
func newNet(thread *nsthread.Thread) (uint64, error) {
	var st unix.Stat_t
	err := thread.NewNet()
	if err == nil {
		err = unix.Stat(nsthread.NetPath, &st)
	}
	return st.Ino, err
}

func TestFindProcess(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	ns := start(t, true, cmd)
	pid := cmd.Process.Pid
	want := []holders.Task{{PID: pid, TID: pid, NS: ns}}
	for _, threads := range []bool{false, true} {
		q := holders.Query{NS: ns, Threads: threads}
		got := find(t, q)
		for end := time.Now().Add(5 * time.Second); !slices.Equal(got, want) && time.Now().Before(end); got = find(t, q) {
			time.Sleep(5 * time.Millisecond) // the thread that has started the process takes a moment to end
		}
		if !slices.Equal(got, want) {
			t.Errorf("Find(threads: %v) = %v, want %v", threads, got, want)
		}
	}
	all := find(t, holders.Query{})
	isThis := func(t holders.Task) bool { return t.PID == os.Getpid() }
	if !slices.Contains(all, want[0]) || !slices.ContainsFunc(all, isThis) {
		t.Errorf("%v or this process is not among all %d", want[0], len(all))
	}
}

func TestFindThreadAlone(t *testing.T) {
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		own, err := newNet(thread)
		if err != nil {
			return err
		}
		if got := find(t, holders.Query{NS: own}); len(got) != 0 {
			t.Errorf("without threads there is %v", got)
		}
		want := []holders.Task{{PID: os.Getpid(), TID: unix.Gettid(), NS: own}}
		if got := find(t, holders.Query{NS: own, Threads: true}); !slices.Equal(got, want) {
			t.Errorf("with threads there is %v, want %v", got, want)
		}
		if about, err := want[0].About(); err != nil || len(about.Args) == 0 {
			t.Errorf("About() = %v, %v", about, err)
		}
		// A thread id is as good as a process id.
		ns, err := holders.Open(unix.Gettid())
		if err != nil {
			return err
		}
		var opened unix.Stat_t
		if err := unix.Fstat(int(ns), &opened); err != nil || opened.Ino != own {
			t.Errorf("Open(thread) leads to %d, want %d (%v)", opened.Ino, own, err)
		}
		return ns.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A process whose main thread has ended is in the namespace of its other threads.
func TestMainThreadHasEnded(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleEnv+"=main-ends")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	ns := start(t, true, cmd)
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	waitForState(t, pid, "Z")
	want := []holders.Task{{PID: pid, TID: pid, NS: ns}}
	for _, threads := range []bool{false, true} {
		if got := find(t, holders.Query{NS: ns, Threads: threads}); !slices.Equal(got, want) {
			t.Errorf("Find(threads: %v) = %v, want %v", threads, got, want)
		}
	}
	if _, err := want[0].About(); err != nil {
		t.Errorf("About() = %v", err)
	}
	fd, err := holders.Open(pid)
	if err != nil {
		t.Fatal(err)
	}
	_ = fd.Close()
}

// waitForState waits until the main thread of a process is in a state of proc_pid_stat(5).
func waitForState(t *testing.T, pid int, state string) {
	t.Helper()
	path := "/proc/" + strconv.Itoa(pid) + "/stat"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(path)
		if err == nil && strings.HasPrefix(string(stat[strings.LastIndexByte(string(stat), ')'):]), ") "+state) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is not in state %s: %s, %v", pid, state, stat, err)
		}
	}
}

func TestOpenZombieAndMissing(t *testing.T) {
	cmd := exec.Command("true")
	ns := start(t, true, cmd)
	pid := cmd.Process.Pid
	waitForState(t, pid, "Z")
	if _, err := holders.Open(pid); !errors.Is(err, holders.ErrEnded) {
		t.Errorf("Open(zombie) = %v", err)
	}
	task := holders.Task{PID: pid, TID: pid, NS: ns}
	if _, err := task.About(); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("About(zombie) = %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := holders.Open(pid); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("Open(nobody) = %v", err)
	}
	if _, err := task.About(); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("About(nobody) = %v", err)
	}
}

func TestOtherPIDNamespace(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleEnv+"=open-init")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	_ = cmd.Run()
	if status := cmd.ProcessState.ExitCode(); status != 42 {
		t.Errorf("in another PID namespace Open and Find do not say so (status %d)", status)
	}
}

func TestAbout(t *testing.T) {
	cmd := exec.Command("sleep", "1000", "0")
	ns := start(t, true, cmd)
	waitForState(t, cmd.Process.Pid, "S")
	task := holders.Task{PID: cmd.Process.Pid, TID: cmd.Process.Pid, NS: ns}
	about, err := task.About()
	if err != nil {
		t.Fatal(err)
	}
	if about.Command != "sleep" || !slices.Equal(about.Args, []string{"sleep", "1000", "0"}) || about.UID != 0 {
		t.Errorf("About() = %+v", about)
	}
	if age := time.Since(about.Start); age < -time.Second || age > time.Minute {
		t.Errorf("started %v ago", age)
	}
	// The same process id, but in another namespace than when it was found: not the one that was meant.
	task.NS++
	if _, err := task.About(); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("About() after a change of namespace = %v", err)
	}
}
