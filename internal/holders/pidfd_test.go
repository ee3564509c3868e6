package holders_test

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"

	"gons/internal/holders"
	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

// A descriptor of a process is to be had only while the process is where it was found.
func TestPidfd(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	ns := start(t, true, cmd)
	task := holders.Task{PID: cmd.Process.Pid, TID: cmd.Process.Pid, NS: ns}
	fd, err := task.Pidfd()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	elsewhere := task
	elsewhere.NS++
	if _, err := elsewhere.Pidfd(); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("Pidfd() of a process that is elsewhere = %v", err)
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.String(); got != "signal: killed" {
		t.Errorf("the process ended with %q", got)
	}
	if _, err := task.Pidfd(); !errors.Is(err, holders.ErrNoProcess) {
		t.Errorf("Pidfd() of a process that has ended = %v", err)
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("a signal for a process that has ended: %v", err)
	}
}

// All are told about, in their order, and those that have ended or moved are nil.
func TestAboutAll(t *testing.T) {
	var tasks []holders.Task
	for range 40 {
		cmd := exec.Command("sleep", "1000")
		ns := start(t, false, cmd)
		waitForState(t, cmd.Process.Pid, "S")
		tasks = append(tasks, holders.Task{PID: cmd.Process.Pid, TID: cmd.Process.Pid, NS: ns})
	}
	tasks[3].NS++
	ended := exec.Command("true")
	tasks[17].NS = start(t, false, ended)
	tasks[17].PID, tasks[17].TID = ended.Process.Pid, ended.Process.Pid
	_ = ended.Wait()
	for _, some := range [][]holders.Task{tasks, tasks[:1], nil} {
		abouts, err := holders.AboutAll(some)
		if err != nil || len(abouts) != len(some) {
			t.Fatalf("AboutAll = %v, %v", abouts, err)
		}
		for i, about := range abouts {
			want, err := some[i].About()
			switch {
			case i == 3, i == 17:
				if about != nil || !errors.Is(err, holders.ErrNoProcess) {
					t.Errorf("number %d is %+v, %v", i, about, err)
				}
			case about == nil || err != nil || !slices.Equal(about.Args, want.Args) || about.Command != "sleep" || about.UID != want.UID:
				t.Errorf("number %d is %+v, alone %+v, %v", i, about, want, err)
			}
		}
	}
}

// Descriptors are found that were opened in whatever way, and no others.
func TestDescriptors(t *testing.T) {
	var st unix.Stat_t
	err := nsthread.Do(func(thread *nsthread.Thread) error {
		if err := thread.NewNet(); err != nil {
			return err
		}
		if err := unix.Stat(nsthread.NetPath, &st); err != nil {
			return err
		}
		file := t.TempDir() + "/pinned"
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return err
		}
		if err := unix.Mount(nsthread.NetPath, file, "", unix.MS_BIND, ""); err != nil {
			return err
		}
		t.Cleanup(func() { _ = unix.Unmount(file, unix.MNT_DETACH) })
		isOurs := func(dev, ino uint64) bool { return dev == st.Dev && ino == st.Ino }
		if found, err := holders.Descriptors(isOurs); err != nil || len(found) != 0 {
			t.Errorf("without any there are %v, %v", found, err)
		}
		direct, err := os.Open(nsthread.NetPath)
		if err != nil {
			return err
		}
		defer direct.Close()
		pinned, err := os.Open(file)
		if err != nil {
			return err
		}
		defer pinned.Close()
		path, err := unix.Open(file, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(path)
		got, err := holders.Descriptors(isOurs)
		if err != nil {
			return err
		}
		for _, fd := range []int{int(direct.Fd()), int(pinned.Fd()), path} {
			if want := (holders.Descriptor{PID: os.Getpid(), FD: fd, NS: st.Ino}); !slices.Contains(got, want) {
				t.Errorf("%v is not among %v", want, got)
			}
		}
		if len(got) != 3 {
			t.Errorf("there are %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
