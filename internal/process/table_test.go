package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// roleEnv says what else this test binary is to do than to run tests.
const roleEnv = "GONS_PROCESS_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) == "other-pids" {
		_, err1 := Open()
		_, err2 := Parents()
		_, err3 := Commands()
		self, err4 := Self()
		list, err5 := List()
		if errors.Is(err1, ErrOtherPIDs) && errors.Is(err2, ErrOtherPIDs) && errors.Is(err3, ErrOtherPIDs) &&
			errors.Join(err4, err5) == nil && os.Getpid() == 1 && self != 1 && slices.Contains(list, self) {
			os.Exit(42)
		}
		println(self, len(list), errors.Join(err1, err2, err3, err4, err5).Error())
		os.Exit(1)
	}
	os.Exit(nstest.Main(m).Run())
}

func pathOf(pid int, file string) string { return strconv.Itoa(pid) + "/" + file }

func openTable(t *testing.T) *Table {
	t.Helper()
	table, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

// sleepers starts so many processes that do nothing until the end of the test.
func sleepers(t *testing.T, n int) (pids []int) {
	t.Helper()
	for range n {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		pids = append(pids, cmd.Process.Pid)
	}
	return pids
}

// While others come and go, every pass visits each of the processes that stay, and each once.
func TestEachWhileProcessesComeAndGo(t *testing.T) {
	staying := append(sleepers(t, 200), os.Getpid())
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
	table := openTable(t)
	for range 50 {
		visits := map[int]int{}
		var mu sync.Mutex
		err := table.Each(func(worker, pid int) error {
			mu.Lock()
			defer mu.Unlock()
			visits[pid]++
			if worker < 0 || worker >= Workers() {
				t.Errorf("there is worker %d", worker)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range staying {
			if visits[pid] != 1 {
				t.Fatalf("process %d was visited %d times", pid, visits[pid])
			}
		}
		list, err := List()
		if err != nil || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Fatalf("List() = %v, %v", list, err)
		}
		for _, pid := range staying {
			if !slices.Contains(list, pid) {
				t.Fatalf("%d is not in List()", pid)
			}
		}
	}
}

// A goroutine of Each never visits two processes at a time, so it needs no lock for what is its own.
func TestEachWorkersAreAlone(t *testing.T) {
	sleepers(t, 150)
	at := make([]sync.Mutex, Workers())
	err := openTable(t).Each(func(worker, _ int) error {
		if !at[worker].TryLock() {
			t.Errorf("two goroutines are worker %d", worker)
			return nil
		}
		defer at[worker].Unlock()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Errors of visit are returned, all of them, and whoever had one visits no more.
func TestEachErrors(t *testing.T) {
	failed := make([]int, Workers())
	want := errors.New("wanted")
	err := openTable(t).Each(func(worker, _ int) error {
		failed[worker]++
		return want
	})
	if !errors.Is(err, want) || slices.Max(failed) != 1 {
		t.Errorf("Each = %v after %v calls", err, failed)
	}
}

func TestNumbers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"7", "12", "0", "x", "3x", "-4", "+5", "4000000000000", "2000000"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if got, err := Numbers(fd); !slices.Equal(got, []int{0, 7, 12, 2000000}) || err != nil {
		t.Errorf("Numbers = %v, %v", got, err)
	}
	if _, err := Numbers(-1); !errors.Is(err, unix.EBADF) {
		t.Errorf("Numbers(-1) = %v", err)
	}
}

// Where /proc has other numbers than this process knows others by, it is not mistaken for the right one.
func TestOtherPIDNamespace(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleEnv+"=other-pids")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	_ = cmd.Run()
	if status := cmd.ProcessState.ExitCode(); status != 42 {
		t.Errorf("in another PID namespace Open and the others do not say so (status %d)", status)
	}
}

func TestSelf(t *testing.T) {
	if self, err := Self(); self != os.Getpid() || err != nil {
		t.Errorf("Self() = %d, %v, want %d", self, err, os.Getpid())
	}
}
