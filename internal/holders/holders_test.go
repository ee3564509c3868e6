package holders_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
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

func TestFindProcess(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	ns := start(t, true, cmd)
	pid := cmd.Process.Pid
	want := []holders.Task{{PID: pid, TID: pid, NS: ns}}
	for _, threads := range []bool{false, true} {
		got := find(t, holders.Query{NS: ns, Threads: threads})
		// The thread that has started the process takes a moment to end.
		for end := time.Now().Add(5 * time.Second); !slices.Equal(got, want) && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
			got = find(t, holders.Query{NS: ns, Threads: threads})
		}
		if !slices.Equal(got, want) {
			t.Errorf("Find(threads: %v) = %v, want %v", threads, got, want)
		}
	}
	all := find(t, holders.Query{})
	if !slices.Contains(all, want[0]) || !slices.ContainsFunc(all, func(t holders.Task) bool { return t.PID == os.Getpid() }) {
		t.Errorf("%v or this process is not among all %d", want[0], len(all))
	}
}

func TestFindThreadAlone(t *testing.T) {
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.NewNet(); err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Stat(nsthread.NetPath, &st); err != nil {
			return err
		}
		if got := find(t, holders.Query{NS: st.Ino}); len(got) != 0 {
			t.Errorf("without threads there is %v", got)
		}
		want := []holders.Task{{PID: os.Getpid(), TID: unix.Gettid(), NS: st.Ino}}
		if got := find(t, holders.Query{NS: st.Ino, Threads: true}); !slices.Equal(got, want) {
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
		if err := unix.Fstat(int(ns), &opened); err != nil || opened.Ino != st.Ino {
			t.Errorf("Open(thread) leads to %d, want %d (%v)", opened.Ino, st.Ino, err)
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

// While processes come and go all the time, those that stay are found every time, and nothing fails.
func TestFindWhileProcessesComeAndGo(t *testing.T) {
	const staying, passes = 20, 60
	var want []int
	var ns uint64
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.NewNet(); err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Stat(nsthread.NetPath, &st); err != nil {
			return err
		}
		ns = st.Ino
		for range staying {
			cmd := exec.Command("sleep", "1000")
			if err := cmd.Start(); err != nil {
				return err
			}
			want = append(want, cmd.Process.Pid)
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	stop := make(chan struct{})
	var churn sync.WaitGroup
	defer churn.Wait()
	defer close(stop)
	churn.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = exec.Command("true").Run()
			}
		}
	})
	for range passes {
		var got []int
		for _, task := range find(t, holders.Query{NS: ns, Threads: true}) {
			got = append(got, task.PID)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
		for _, task := range find(t, holders.Query{Threads: true}) {
			if _, err := task.About(); err != nil && !errors.Is(err, holders.ErrNoProcess) && !errors.Is(err, unix.EACCES) {
				t.Fatalf("About(%v) = %v", task, err)
			}
		}
	}
}
