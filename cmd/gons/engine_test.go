package main

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gons/internal/mounts"
	"gons/internal/nstest"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestDocker runs testdata/docker/*.txtar, one after the other, against a Docker engine of the test's own: it runs in the namespaces of the
// test, has all its files on file systems of the test, and ends with it. The image "bb" has a busybox, "gons" has the program itself too;
// $PROGRAM is it outside, for any user to run, and $PRIVILEGED makes a container privileged. Commands beside those of [TestScripts]:
//
//	engine stop|kill|start   end the engine in order or by SIGKILL, or start it again
//	until PROGRAM...         run a program until it succeeds, for a limited time
//	! until PROGRAM...       run a program until it fails
func TestDocker(t *testing.T) {
	nstest.NeedRoot(t)
	for _, tool := range []string{"docker", "dockerd", "containerd", "runc", "busybox", "ip"} {
		nstest.NeedTool(t, tool)
	}
	before, err := mountPoints("/")
	if err != nil {
		t.Fatal(err)
	}
	engine := &testEngine{dir: t.TempDir(), before: before}
	t.Cleanup(func() { engine.cleanUp(t) })
	if err := engine.start(); err != nil {
		t.Fatal(err)
	}
	program := buildProgram(t)
	importImage(t, "bb", nil)
	importImage(t, "gons", map[string]string{"bin/gons": program})
	privileged := privilegedOptions(t)
	runScripts(t, "testdata/docker", func(p *testscript.Params) {
		p.Cmds["engine"] = engine.command
		setup := p.Setup
		p.Setup = func(env *testscript.Env) error {
			env.Setenv("PRIVILEGED", privileged)
			env.Setenv("PROGRAM", program)
			return setup(env)
		}
	})
}

// privilegedOptions are the options that make a container privileged. Where root itself lacks capabilities, as in some virtual
// machines, the engine cannot give --privileged; then they are all that there are.
func privilegedOptions(t *testing.T) string {
	t.Helper()
	out, err := osexec.Command("docker", "run", "--rm", "--privileged", "bb", "true").CombinedOutput()
	if err == nil {
		return "--privileged"
	}
	t.Logf("no --privileged here, all capabilities but CAP_SYS_RESOURCE instead: %s", out)
	return "--cap-add ALL --cap-drop SYS_RESOURCE --security-opt seccomp=unconfined --security-opt apparmor=unconfined " +
		"--security-opt systempaths=unconfined"
}

// runScripts runs the scripts of a directory one after the other.
func runScripts(t *testing.T, dir string, change func(*testscript.Params)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			params := scriptParams()
			params.Files = []string{file}
			params.Cmds["until"] = cmdUntil
			change(&params)
			testscript.Run(t, params)
		})
	}
}

func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: until PROGRAM [ARG...]")
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if (err != nil) == neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("until %v: waited too long: %v", args, err)
		}
	}
}

// testCgroup is the parent of the cgroups of the test's containers.
const testCgroup = "/gonstest"

// A testEngine is a Docker engine of the test's own.
type testEngine struct {
	dir    string
	before []string          // the mount points before it
	stop   func(unix.Signal) // nil while it is not running
}

// start starts the engine and waits until it answers.
func (e *testEngine) start() error {
	config := filepath.Join(e.dir, "daemon.json")
	if err := os.WriteFile(config, []byte("{}"), 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(e.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	path, err := nstest.FindTool("dockerd")
	if err != nil {
		return err
	}
	cmd := osexec.Command(path, "--config-file", config, "--data-root", filepath.Join(e.dir, "data"),
		"--storage-driver", "vfs", "--iptables=false", "--ip6tables=false", "--cgroup-parent", testCgroup)
	cmd.Stdout, cmd.Stderr = log, log
	// Should the test die, the engine ends its containers and itself. The signal comes when the thread ends that has
	// started it, so that thread is kept.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGTERM}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		_ = log.Close()
		close(ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	e.stop = func(s unix.Signal) {
		_ = cmd.Process.Signal(s)
		<-ended
		e.stop = nil
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if osexec.Command("docker", "version").Run() == nil {
			return nil
		}
		select {
		case <-ended:
			return e.failure()
		default:
		}
	}
	return e.failure()
}

// kill ends the engine and the containerd that it has started, as if both had crashed. The containers go on.
func (e *testEngine) kill() {
	pid, err := os.ReadFile("/run/docker/containerd/containerd.pid")
	e.stop(unix.SIGKILL)
	containerd, parseErr := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil || parseErr != nil {
		return
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		// The id is not taken by another process in this time: numbers are given out in turn.
		if unix.Kill(containerd, unix.SIGKILL) != nil {
			break
		}
	}
	_ = os.Remove("/run/docker/containerd/containerd.pid")
}

func (e *testEngine) failure() error {
	if e.stop != nil {
		e.kill()
	}
	log, _ := os.ReadFile(filepath.Join(e.dir, "log"))
	return fmt.Errorf("the engine does not start:\n%s", log[max(0, len(log)-3000):])
}

func (e *testEngine) command(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) != 1:
		ts.Fatalf("usage: engine stop|kill|start")
	case args[0] == "start":
		ts.Check(e.start())
	case args[0] == "stop":
		e.stop(unix.SIGTERM)
	case args[0] == "kill":
		e.kill()
	}
}

// cleanUp ends the engine and what belongs to it, and takes its mounts off.
func (e *testEngine) cleanUp(t *testing.T) {
	if e.stop != nil {
		for id := range strings.FieldsSeq(docker(t, "ps", "--all", "--quiet", "--no-trunc")) {
			docker(t, "rm", "--force", id)
		}
		e.stop(unix.SIGTERM)
	}
	unmountNew(t, e.before)
	// The engine leaves the cgroup that it was told to use: in each hierarchy, or in the only one.
	for _, pattern := range []string{"/sys/fs/cgroup" + testCgroup, "/sys/fs/cgroup/*" + testCgroup} {
		groups, _ := filepath.Glob(pattern)
		for _, group := range groups {
			if err := unix.Rmdir(group); err != nil {
				t.Errorf("remove cgroup %s: %v", group, err)
			}
		}
	}
}

// unmountNew takes off the mounts that were not there before.
func unmountNew(t *testing.T, before []string) {
	t.Helper()
	points, err := mountPoints("/")
	for _, point := range slices.Backward(points) {
		// Those of an engine of the machine can have the same names, out of reach below the /run of the test.
		if i := slices.Index(before, point); i >= 0 {
			before = slices.Delete(before, i, i+1)
			continue
		}
		_, unmountErr := mounts.Unmount(point)
		err = errors.Join(err, unmountErr)
	}
	if err != nil {
		t.Error(err)
	}
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := osexec.Command("docker", args...).Output()
	if err != nil {
		t.Fatalf("docker %v: %v", args, err)
	}
	return string(out)
}

// openTempDir is a temporary directory that every user can reach.
func openTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// buildProgram builds gons as it is shipped: static.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(openTempDir(t), "gons")
	build := osexec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build gons: %v\n%s", err, out)
	}
	return path
}
