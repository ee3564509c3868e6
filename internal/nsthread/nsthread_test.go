package nsthread_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"gons/internal/nstest"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if os.Getenv(ownFilesEnv) != "" {
		if err := useOwnFiles(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(nstest.Main(m).Run())
}

// where names the network and mount namespace of the calling thread.
func where(t *testing.T) string {
	net, err := os.Readlink(nsthread.NetPath)
	if err != nil {
		t.Error(err)
	}
	mnt, err := os.Readlink("/proc/thread-self/ns/mnt")
	if err != nil {
		t.Error(err)
	}
	return net + " " + mnt
}

// After many switches of every kind, thousands of goroutines all run in the namespaces that the process started in.
func TestNoGoroutineRunsInAForeignNamespace(t *testing.T) {
	home := where(t)
	const switches, goroutines = 64, 4000
	seen := map[string]bool{}
	var mu sync.Mutex
	var work, switched sync.WaitGroup
	switched.Add(switches)
	for i := range switches {
		work.Go(func() {
			err := nsthread.Do(func(thread *nsthread.Thread) error {
				err := thread.NewNet()
				if err == nil && i%2 == 0 {
					err = thread.NewMount()
				}
				if err != nil {
					switched.Done()
					return err
				}
				runtime.Gosched() // a locked goroutine must come back to its own thread
				mu.Lock()
				seen[where(t)] = true
				mu.Unlock()
				// All stay until the last is there: the number of a namespace that has ended is used again.
				switched.Done()
				switched.Wait()
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range goroutines {
		work.Go(func() {
			for range 3 {
				if w := where(t); w != home {
					t.Errorf("goroutine in %s instead of %s", w, home)
				}
				runtime.Gosched()
			}
		})
	}
	work.Wait()
	for range goroutines {
		work.Go(func() {
			if w := where(t); w != home {
				t.Errorf("goroutine in %s instead of %s after the switches", w, home)
			}
		})
	}
	work.Wait()
	if len(seen) != switches || seen[home] {
		t.Errorf("%d switches led to %d namespaces", switches, len(seen))
	}
}

func TestSetNet(t *testing.T) {
	var other netns.NsHandle
	var name string
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		err := thread.NewNet()
		if err != nil {
			return err
		}
		name = where(t)
		other, err = netns.GetFromPath(nsthread.NetPath)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = nsthread.Do(func(thread *nsthread.Thread) error {
		err := thread.SetNet(other)
		if w := where(t); w != name {
			t.Errorf("in %s, want %s", w, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSetNetRefusesOtherFiles(t *testing.T) {
	for _, path := range []string{"/dev/null", "/proc/thread-self/ns/uts"} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		err = nsthread.Do(func(thread *nsthread.Thread) error { return thread.SetNet(netns.NsHandle(f.Fd())) })
		var call *os.SyscallError
		if !errors.As(err, &call) || call.Syscall != "setns" || !errors.Is(err, unix.EINVAL) {
			t.Errorf("SetNet(%s) = %v, want EINVAL from setns", path, err)
		}
	}
}

// Main is locked in an init function: no goroutine of a test can be on the main thread.
func TestMainThreadIsLocked(t *testing.T) {
	var work sync.WaitGroup
	for range 1000 {
		work.Go(func() {
			if unix.Gettid() == unix.Getpid() {
				t.Error("a goroutine runs on the main thread")
			}
		})
	}
	work.Wait()
}

// ownFilesEnv makes this test binary a program that only uses [nsthread.Thread.OwnFiles].
const ownFilesEnv = "NSTHREAD_TEST_OWN_FILES"

// A thread with descriptors of its own is in nobody's way: the poller of the runtime, which is started when it is first needed, works for all. It is a
// matter of the first timer of a process, so the test has a process for it.
func TestOwnFiles(t *testing.T) {
	// /proc/self is safe here: all threads run the same file.
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), ownFilesEnv+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func useOwnFiles() error {
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.OwnFiles(); err != nil {
			return err
		}
		for range 100 { // they are closed with the thread
			if _, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
				return err
			}
		}
		time.Sleep(time.Millisecond)
		return nil
	})
	if err != nil {
		return err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return err
	}
	time.AfterFunc(10*time.Millisecond, func() { to.Close() })
	if n, err := from.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %d bytes, %w", n, err)
	}
	return from.Close()
}
