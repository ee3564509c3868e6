package main

import (
	"errors"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gons/internal/nstest"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// examplePID stands for the id of a process in the examples.
const examplePID = "4242"

// exampleNames are the namespaces that the examples of all commands but "add" work on.
var exampleNames = []string{"lab", "web", "web-1", "client", "server", "test-1"}

// notRun are the examples that are only read by the command they are of, each with what it would take to run it here.
var notRun = map[string]string{
	"gons exec --dns 9.9.9.9 --strict lab curl https://example.org":   "a network that reaches the internet",
	"sudo gons exec --as-caller lab firefox":                          "sudo, and a screen",
	"gons exec docker:web ip addr":                                    "an engine: testdata/docker/exec.txtar",
	"gons list --watch":                                               "a terminal: TestListWatch",
	"gons exec --user nobody --cap net_raw lab ping -c 1 127.0.0.1":   "root: testdata/exec-user.txtar",
	"gons monitor --json | jq -r 'select(.event == \"add\") | .name'": "an end: TestMonitor",
	"gons monitor --initial":                                          "an end: TestMonitor",
}

// Every line that help shows as an example is a command line that gons accepts, and does what it says: it is run by a shell, with the
// names and the process that it is about, and has to succeed.
func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	walk(wholeTree(), func(cmd *cobra.Command) {
		if !cmd.HasExample() {
			return
		}
		t.Run(strings.ReplaceAll(cmd.CommandPath(), " ", "_"), func(t *testing.T) {
			w := newExampleWorld(t, cmd.Name() != "add")
			for line := range strings.SplitSeq(unindent(cmd.Example), "\n") {
				seen[line] = true
				checkLine(t, line)
				engine := strings.HasPrefix(cmd.Name(), "attach-") // run with real engines, in testdata/docker and testdata/podman
				if notRun[line] == "" && !engine {
					w.run(t, line)
				}
			}
		})
	})
	for line, instead := range notRun {
		if !seen[line] {
			t.Errorf("there is no such example any more: %s", line)
		}
		for _, place := range regexp.MustCompile(`testdata/\S+|Test\w+`).FindAllString(instead, -1) {
			if !hasTest(t, place) {
				t.Errorf("%s: there is no %s", line, place)
			}
		}
	}
}

// hasTest tells whether there is a test function, or a file of testdata, of that name.
func hasTest(t *testing.T, name string) bool {
	t.Helper()
	if _, err := testFiles.ReadFile(name); err == nil {
		return true
	}
	files, err := testFiles.ReadDir(".")
	must(t, err)
	return slices.ContainsFunc(files, func(f fs.DirEntry) bool {
		text, _ := testFiles.ReadFile(f.Name())
		return strings.Contains(string(text), "\nfunc "+name+"(t *testing.T) {")
	})
}

// checkLine reads the command line of gons in an example as far as gons itself does before it acts.
func checkLine(t *testing.T, line string) {
	t.Helper()
	words := shellWords(t, line)
	for len(words) > 0 && words[0] != "gons" {
		words = words[1:]
	}
	if len(words) == 0 {
		t.Errorf("no gons in %q", line)
		return
	}
	cmd, rest, err := wholeTree().Find(words[1:])
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		t.Errorf("%s: %v", line, err)
	}
}

// shellWords are the words of the first command in a line.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	line = strings.NewReplacer("<(", "", ")", "").Replace(line)
	line, _, _ = strings.Cut(line, " | ")
	line, _, _ = strings.Cut(line, " > ")
	out, err := osexec.Command("sh", "-c", `printf '%s\n' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// An exampleWorld is what the examples are about.
type exampleWorld struct {
	dir string // the run directory
	pid string // of a process in a namespace
}

func newExampleWorld(t *testing.T, names bool) *exampleWorld {
	t.Helper()
	w := &exampleWorld{dir: filepath.Join(t.TempDir(), "run")}
	t.Cleanup(func() {
		if err := unmountBelow(w.dir); err != nil {
			t.Error(err)
		}
	})
	// A process that is in a namespace of its own, as a container is.
	sleep := osexec.Command(nstest.NeedTool(t, "unshare"), "--net", "sleep", "1000")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sleep.Process.Kill(); _ = sleep.Wait() })
	w.pid = strconv.Itoa(sleep.Process.Pid)
	waitForNamespace(t, sleep.Process.Pid)
	if names {
		if out, err := gons(w.dir, append([]string{"add", "--up"}, exampleNames...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return w
}

// run runs an example. A name is free for a command that is to make it, and an id known to one that asks for it.
func (w *exampleWorld) run(t *testing.T, line string) {
	t.Helper()
	if strings.HasPrefix(line, "gons attach ") {
		_ = gons(w.dir, "delete", "--if-exists", strings.Fields(line)[2]).Run()
	}
	if strings.HasPrefix(line, "gons list-id ") {
		_ = gons(w.dir, "set", "client", "7").Run()
	}
	line = strings.ReplaceAll(line, "/task/4243", "/task/"+examplePID)
	line = strings.ReplaceAll(line, examplePID, w.pid)
	cmd := osexec.Command("bash", "-c", "set -o pipefail\n"+line)
	cmd.Env = append(os.Environ(), "GONS_RUN_DIR="+w.dir, "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// waitForNamespace waits until the process has a network namespace of its own.
func waitForNamespace(t *testing.T, pid int) {
	t.Helper()
	own, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if ns, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net"); err == nil && ns != own {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("unshare makes no namespace")
}
