package main

import (
	"errors"
	"maps"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A situation is how somebody gets to see an error: what was done before, and the command.
type situation struct {
	before, command string
	status          int
	script          string // of the tests, which makes the situation and looks for the text, in place of the rest
}

// troubles are the situations of the errors that README explains, as bash commands. There are the names "lab" and "blue", and
// a program "docker" that says what is in the variable DOCKER and fails.
var troubles = map[string]situation{
	`enter network namespace "lab": setns: operation not permitted`: {
		command: "setpriv --bounding-set -sys_admin gons exec lab true", status: statusPrepare,
	},
	`make shared "/var/run/netns" (recursive): operation not permitted`: {
		before: "gons delete lab blue; umount $GONS_RUN_DIR", command: "setpriv --bounding-set -sys_admin gons add lab", status: statusFailed,
	},
	`make run directory "/var/run/netns": permission denied`: {
		before:  "gons delete lab blue; umount $GONS_RUN_DIR; rmdir $GONS_RUN_DIR; chmod 555 ${GONS_RUN_DIR%/*}",
		command: "setpriv --bounding-set -dac_override gons add lab", status: statusFailed,
	},
	`open "laab": no such name`:    {command: "gons exec laab true", status: statusPrepare},
	`add "lab": the name is taken`: {command: "gons add lab", status: statusFailed},
	`open "web": it is a dangling symlink`: {
		before: "ln -s /nowhere $GONS_RUN_DIR/web", command: "gons exec web true", status: statusPrepare,
	},
	`open "old": it is stale, a plain file without a namespace`: {
		before: ": > $GONS_RUN_DIR/old", command: "gons exec old true", status: statusPrepare,
	},
	`delete "lab": the name is gone, but the namespace lives on with its devices: held by process 21246 (sleep)`: {
		before:  "gons exec lab sleep 1000 & until [[ $(cat /proc/$!/comm) == sleep ]]; do :; done",
		command: "gons delete --wait=10ms lab", status: statusFailed,
	},
	`run "nosuch": command not found`:      {command: "gons exec lab nosuch", status: statusNotFound},
	`run "/etc/passwd": permission denied`: {command: "gons exec lab /etc/passwd", status: statusCannotRun},
	`find docker container "web": the engine is not running: ...`: {
		before:  "export DOCKER='Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'",
		command: "gons attach-docker web", status: statusFailed,
	},
	`attach docker container "agent": it uses the network of the host`: {script: "testdata/docker/refused.txtar"},
	`trust "/srv/lab": everybody may write to it`: {
		before: "chmod o+w $GONS_RUN_DIR", command: "gons add green", status: statusFailed,
	},
	`set the id of "blue": the id 7 is that of another namespace`: {
		before: "gons set lab 7", command: "gons set blue 7", status: statusFailed,
	},
	`open the network namespace of process 4242: there is no such process`: {command: "gons exec pid:99999999 true", status: statusPrepare},
	`unknown shorthand flag: 'l' in -ll`:                                   {command: "gons exec -all true", status: statusUsage},
	`warning: 1 process could not be inspected, and may be in "lab" as well`: {
		command: "setpriv --bounding-set -sys_ptrace gons pids lab",
	},
}

// What README says that gons says is what it says.
func TestTroublesInReadme(t *testing.T) {
	quoted := quotedErrors(t)
	for text := range troubles {
		if !slices.Contains(slices.Collect(maps.Keys(quoted)), text) {
			t.Errorf("README does not explain: %s", text)
		}
	}
	for text, row := range quoted {
		s, ok := troubles[text]
		if !ok {
			t.Errorf("no situation is known in which gons says: %s", text)
			continue
		}
		if s.script != "" {
			script, err := testFiles.ReadFile(s.script)
			must(t, err)
			if !strings.Contains(string(script), "\nstderr 'error: "+text+"'\n") {
				t.Errorf("%s does not look for: %s", s.script, text)
			}
			continue
		}
		t.Run(text, func(t *testing.T) {
			said, status := s.happen(t)
			if want := withoutNumbers(text, ""); said != want && !(strings.HasSuffix(want, "...") && strings.HasPrefix(said, strings.TrimSuffix(want, "..."))) {
				t.Errorf("gons says %q, README %q", said, want)
			}
			if status != s.status {
				t.Errorf("the status is %d, want %d", status, s.status)
			}
			if told := regexp.MustCompile(`\((?:status )?([0-9]+)\)$`).FindStringSubmatch(row); told != nil && told[1] != strconv.Itoa(status) {
				t.Errorf("the status is %d, in README %s", status, told[1])
			}
		})
	}
}

// quotedErrors are the errors in the table of README, each with the cell that it is in.
func quotedErrors(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, part, _ := strings.Cut(string(readme), "\n| error |")
	part, _, _ = strings.Cut(part, "\n\n")
	quoted := map[string]string{}
	for line := range strings.SplitSeq(part, "\n") {
		cell, _, found := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			if found {
				quoted[match[1]] = cell
			}
		}
	}
	if len(quoted) < 10 {
		t.Fatalf("the table of errors in README was not found: %q", quoted)
	}
	return quoted
}

// happen makes the situation, and returns the first line that gons writes to stderr then, as [withoutNumbers] has it, and its exit status.
func (s situation) happen(t *testing.T) (said string, status int) {
	t.Helper()
	w := newExampleWorld(t, false)
	bin := t.TempDir()
	self, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(self, filepath.Join(bin, "gons")))
	engine := "#!/bin/sh\necho \"$DOCKER\" >&2\nexit 1\n"
	must(t, os.WriteFile(filepath.Join(bin, "docker"), []byte(engine), 0o755))
	stderr := filepath.Join(bin, "stderr")
	cmd := osexec.Command("bash", "-c", "{ gons add lab blue; "+s.before+"\n} >&2\n"+s.command+" 2>$STDERR\nstatus=$?; kill $! 2>/dev/null; exit $status")
	cmd.Env = append(os.Environ(), "GONS_RUN_DIR="+w.dir, "STDERR="+stderr, "PATH="+bin+":"+os.Getenv("PATH")+":/usr/sbin:/sbin")
	out, err := cmd.CombinedOutput()
	var exit *osexec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(stderr)
	must(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	if line == "" {
		t.Fatalf("gons says nothing:\n%s", out)
	}
	line = strings.TrimPrefix(strings.TrimPrefix(line, "gons: "), "error: ")
	return withoutNumbers(line, w.dir), cmd.ProcessState.ExitCode()
}

// withoutNumbers is a text with the usual run directory in place of dir and of that in README, and without numbers of processes.
func withoutNumbers(text, dir string) string {
	if dir != "" {
		text = strings.ReplaceAll(text, dir, "/var/run/netns")
	}
	text = strings.ReplaceAll(text, "/srv/lab", "/var/run/netns")
	text = regexp.MustCompile(`[0-9]+ process(es)? could`).ReplaceAllString(text, "N processes could")
	return regexp.MustCompile(`process [0-9]+`).ReplaceAllString(text, "process N")
}
