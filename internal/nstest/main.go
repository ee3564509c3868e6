package nstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"testing"

	"gons/internal/nsthread"

	"golang.org/x/sys/unix"
)

func init() { nsthread.LockMain() }

// insideEnv marks the process that runs the tests, and holds the user id of who started them.
const insideEnv = "GONS_TEST_INSIDE"

// RunDir is where the run directory of ip(8) is, empty and on a file system of the test's own.
const RunDir = "/run/netns"

// Late is a value of GODEBUG that means nothing to the runtime. Where it is in the environment gons does nothing before the runtime starts (package
// early): so run all tests of an ordinary user.
const Late = "asyncpreemptoff=0"

// A Runner is a [testing.M] that runs in namespaces of its own.
type Runner struct{ m *testing.M }

// Main returns the runner of a package's tests, to be used in TestMain.
func Main(m *testing.M) *Runner { return &Runner{m} }

// Run starts the test binary again in new namespaces, runs the tests there and returns the exit status.
func (r *Runner) Run() int {
	if slices.Contains(os.Args, "-test.fuzzworker") {
		return r.m.Run() // a child of the process that has the namespaces
	}
	run := outside
	if _, ok := os.LookupEnv(insideEnv); ok {
		run = r.inside
	}
	status, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "nstest:", err)
		return max(status, 1)
	}
	return status
}

// outside runs this very process again as a child in new namespaces.
func outside() (int, error) {
	tmp, err := os.MkdirTemp("", "nstest")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(tmp)
	// /proc/self is safe here: all threads run the same file.
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", insideEnv, os.Getuid()), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.Env = append(cmd.Env, "GODEBUG="+Late)
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	// What the tests start must not ignore the signals that they send, as all does that is started in the background of a script.
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, fmt.Errorf("start the tests in namespaces of their own (a user needs user namespaces): %w", err)
	}
	return 0, nil
}

// inside prepares the mount namespace and runs the tests.
func (r *Runner) inside() (int, error) {
	// Private: nothing gets out, and what the machine mounts and unmounts meanwhile does not look like the work of a test.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil && !errors.Is(err, unix.EINVAL) {
		return 1, fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		return 1, fmt.Errorf("mount a file system on /run: %w", err)
	}
	// Run directories that tests make have to be nobody else's, so their files are not to be seen outside either.
	if err := unix.Mount("tmpfs", os.Getenv("TMPDIR"), "tmpfs", 0, "mode=1777"); err != nil {
		return 1, fmt.Errorf("mount a file system for temporary files: %w", err)
	}
	before, err := snapshot()
	if err != nil {
		return 1, err
	}
	status := r.m.Run()
	return status, before.check()
}

// Root tells whether the tests were started by root, so that they have all ids and not just their own.
func Root() bool { return os.Getenv(insideEnv) == "0" }

// NeedRoot skips a test that a user namespace with one id cannot run.
func NeedRoot(tb testing.TB) {
	tb.Helper()
	if !Root() {
		tb.Skip("needs root: a user namespace has too few rights or ids for this")
	}
}

// FindTool returns the path of a program, which need not be in the PATH of an ordinary user.
func FindTool(name string) (path string, err error) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err = exec.LookPath(dir + name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed", name)
}

// NeedTool returns the path of a program that the test cannot do without. If it is missing the test is skipped, but fails
// where CI=true says that it must be there.
func NeedTool(tb testing.TB, name string) string {
	tb.Helper()
	path, err := FindTool(name)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		tb.Fatal(err)
	default:
		tb.Skip(err)
	}
	return path
}
