package holders_test

import (
	"errors"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"gons/internal/holders"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// While processes come and go all the time, those that stay are found every time, and nothing fails.
func TestFindWhileProcessesComeAndGo(t *testing.T) {
	const staying, passes = 20, 60
	var want []int
	var ns uint64
	err := nsthread.Do(func(thread *nsthread.Thread) (err error) {
		if ns, err = newNet(thread); err != nil {
			return err
		}
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
	inside := func() (pids []int) {
		for _, task := range find(t, holders.Query{NS: ns, Threads: true}) {
			pids = append(pids, task.PID)
		}
		return pids
	}
	// The thread that has started them takes a moment to end.
	for end := time.Now().Add(5 * time.Second); len(inside()) > staying && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	for range passes {
		if got := inside(); !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
		for _, task := range find(t, holders.Query{Threads: true}) {
			if _, err := task.About(); err != nil && !errors.Is(err, holders.ErrNoProcess) && !errors.Is(err, unix.EACCES) {
				t.Fatalf("About(%v) = %v", task, err)
			}
		}
	}
}
