package main

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gons/internal/mountinfo"
	"gons/internal/mounts"
	"gons/internal/nstest"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); name == ipName || name == ipNetnsName {
		main() // a link to this test binary is called in place of ip(8)
	}
	// Where a script says "exec gons", this test binary runs main.
	testscript.Main(nstest.Main(m), map[string]func(){"gons": main, "headless": headless})
}

// headless is a process whose main thread has ended, for a minute.
func headless() {
	go func() {
		time.Sleep(time.Minute)
		os.Exit(0)
	}()
	_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0) // of this thread, which the main goroutine is locked to
}

// TestScripts runs testdata/*.txtar: one topic of the command line a file. Every script has a run directory of its own, $RUN, and
// these commands beside the usual ones:
//
//	status N PROGRAM...   run a program that has to exit with status N; its output can be matched as after exec
//	tab LINE              what can stand at the end of LINE, as gons tells bash; nothing may be on stderr
//	entries [NAME...]     the run directory has to hold just these names, and no mount but theirs
//	run-dir DIR           use another run directory from here on
//	[!] ip-netns [-j] ...  run "ip netns" on the run directory of the script, which has to exist
//
// and these conditions:
//
//	[root]           the tests were started by root
//	[early]          gons may do things before the Go runtime starts
//	[tool:PROGRAM]   the program is installed; in CI it has to be
func TestScripts(t *testing.T) {
	params := scriptParams()
	params.Dir = "testdata"
	testscript.Run(t, params)
}

// TestScriptsLate runs the scripts without anything being done before the Go runtime starts, as is the case for an ordinary user in all tests.
func TestScriptsLate(t *testing.T) {
	if !nstest.Root() {
		t.Skip("the tests of an ordinary user are like that anyway")
	}
	params := scriptParams()
	params.Dir = "testdata"
	setup := params.Setup
	params.Setup = func(env *testscript.Env) error {
		env.Setenv("GODEBUG", nstest.Late)
		return setup(env)
	}
	params.Condition = func(name string) (bool, error) {
		if name == "early" {
			return false, nil
		}
		return condition(name)
	}
	testscript.Run(t, params)
}

// scriptParams is what all scripts have in common.
func scriptParams() testscript.Params {
	return testscript.Params{
		Condition: condition,
		Setup: func(env *testscript.Env) error {
			for _, key := range []string{"CI", "GONS_TEST_INSIDE"} {
				env.Setenv(key, os.Getenv(key))
			}
			if late := os.Getenv("GODEBUG"); late != "" { // nothing is done before the runtime starts
				env.Setenv("GODEBUG", late)
			}
			env.Setenv("PATH", env.Getenv("PATH")+":/usr/sbin:/sbin:/usr/bin:/bin")
			run := filepath.Join(env.WorkDir, "run")
			env.Setenv("RUN", run)
			env.Setenv("GONS_RUN_DIR", run)
			etc := filepath.Join(env.WorkDir, "etc-netns")
			env.Setenv("ETC", etc)
			env.Setenv("GONS_ETC_DIR", etc)
			env.Defer(func() {
				if err := unmountBelow(env.WorkDir); err != nil {
					env.T().Fatal(err)
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   cmdStatus,
			"entries":  cmdEntries,
			"tab":      cmdTab,
			"run-dir":  cmdRunDir,
			"ip-netns": cmdIPNetns,
		},
	}
}

func cmdTab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tab LINE")
	}
	ts.Check(ts.Exec("gons", append([]string{"__tab", "bash", "63", ":=", args[0]}, strings.Split(args[0], " ")...)...))
	if stderr := ts.ReadFile("stderr"); stderr != "" {
		ts.Fatalf("a complaint: %s", stderr)
	}
}

func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *osexec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%v: exit status %d, want %d", args[1:], got, want)
	}
}

func cmdEntries(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! entries")
	}
	dir := ts.Getenv("GONS_RUN_DIR")
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Name())
	}
	slices.Sort(args)
	if !slices.Equal(names, args) {
		ts.Fatalf("entries are %q, want %q", names, args)
	}
	points, err := mountPoints(dir + "/")
	ts.Check(err)
	slices.Sort(points)
	if unique := slices.Compact(slices.Clone(points)); len(unique) != len(points) {
		ts.Fatalf("an entry is mounted more than once: %q", points)
	}
	for _, point := range points {
		if !slices.Contains(names, strings.TrimPrefix(point, dir+"/")) {
			ts.Fatalf("a mount without a name: %s", point)
		}
	}
}

func cmdRunDir(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: run-dir DIR")
	}
	ts.Setenv("RUN", args[0])
	ts.Setenv("GONS_RUN_DIR", args[0])
	if args[0] == nstest.RunDir {
		ts.Defer(func() { ts.Check(unmountBelow(nstest.RunDir)) })
	}
}

// condition is what a script asks with [root] and [tool:PROGRAM]. A missing tool is an error where CI=true says that it
// must be there.
func condition(cond string) (bool, error) {
	if cond == "root" || cond == "early" {
		return nstest.Root(), nil
	}
	tool, ok := strings.CutPrefix(cond, "tool:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	_, err := nstest.FindTool(tool)
	if err != nil && os.Getenv("CI") == "true" {
		return false, err
	}
	return err == nil, nil
}

// mountPoints lists what is mounted below the path prefix, without what another mount covers.
func mountPoints(prefix string) ([]string, error) {
	f, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	byID := map[int]mountinfo.Mount{}
	children := map[int][]mountinfo.Mount{}
	for m, err := range mountinfo.All(f) {
		if err != nil {
			return nil, err
		}
		byID[m.ID] = m
		children[m.Parent] = append(children[m.Parent], m)
	}
	var points []string
	for _, m := range byID {
		covered := false
		for at, ok := m, true; ok && !covered; at, ok = byID[at.Parent] {
			covered = slices.ContainsFunc(children[at.Parent], func(other mountinfo.Mount) bool {
				return strings.HasPrefix(at.Point, strings.TrimSuffix(other.Point, "/")+"/") && at.Point != other.Point
			})
		}
		if strings.HasPrefix(m.Point, prefix) && !covered {
			points = append(points, m.Point)
		}
	}
	return points, nil
}

// unmountBelow takes off every mount on dir and below.
func unmountBelow(dir string) error {
	points, err := mountPoints(dir)
	if err != nil {
		return err
	}
	// Another script's directory may begin with the same letters.
	points = slices.DeleteFunc(points, func(point string) bool { return point != dir && !strings.HasPrefix(point, dir+"/") })
	slices.Sort(points)
	for _, point := range slices.Backward(points) {
		if _, err := mounts.Unmount(point); err != nil {
			return err
		}
	}
	return nil
}
