package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// A row is one situation of testdata/original.rows.
type row struct {
	situation string
	before    []string
	runs      [2][]rowRun // with ip, with gons; those with the same index are compared
	left      [2]*string  // what is in the run directory afterwards; nil: what was there before
	differs   string
}

type rowRun struct {
	command string
	status  int
	says    *regexp.Regexp
}

// The two programs that are compared.
const (
	original = iota
	clone
)

// world comes before the commands of a row. The function look prints what is in the run directory.
const world = `set -u
mount -t tmpfs -o mode=0755 tmpfs /run || exit
mkdir /run/upper /run/work || exit
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc || exit
mount -t tmpfs -o mode=0755 tmpfs /run || exit
look() {
	local name kind
	[ "$(ls -A /run/netns/ 2>/dev/null | wc -l)" -lt 100 ] || { printf 'very many'; return; }
	for name in $(ls -A /run/netns/ 2>/dev/null); do
		kind="($(stat -L -c %F /run/netns/$name 2>/dev/null || echo link))"
		[ "$(stat -L -f -c %T /run/netns/$name 2>/dev/null)" != nsfs ] || kind=
		case $kind in *regular*) kind='(file)' ;; esac
		[ ${#name} -lt 30 ] || name=${name:0:8}...
		printf ' %s%s' "$name" "$kind"
	done
}
`

// Every situation that ip(8) has a message for is one here too, and ends as it does there, or better; that is told to users then.
func TestOriginal(t *testing.T) {
	for _, tool := range []string{"ip", "bash", "strace", "unshare", "setpriv"} {
		nstest.NeedTool(t, tool)
	}
	rows := readRows(t)
	if len(rows) < 50 {
		t.Fatalf("only %d rows found", len(rows))
	}
	for _, r := range rows {
		t.Run(r.situation, func(t *testing.T) {
			t.Parallel()
			var differ bool
			for i := range r.runs[original] {
				outcomes := [2]string{r.run(t, original, i), r.run(t, clone, i)}
				differ = differ || outcomes[original] != outcomes[clone]
				if outcomes[original] != outcomes[clone] && r.differs == "" {
					t.Errorf("%s: %s, but %s: %s", r.runs[original][i].command, outcomes[original], r.runs[clone][i].command, outcomes[clone])
				}
			}
			if !differ && r.differs != "" {
				t.Errorf("nothing differs, though it says %q", r.differs)
			}
		})
	}
}

// run runs a command of the row in a world of its own, checks what is said of it, and returns the outcome: whether it was done or
// refused, and what is left.
func (r *row) run(t *testing.T, program, i int) string {
	t.Helper()
	run := r.runs[program][i]
	script := world + "set -e\n" + strings.Join(r.before, "\n") + "\nset +e\nlook >looked\n(\n" + run.command +
		"\n) >out 2>&1 </dev/null\necho $? >status\nlook >looking\n"
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := osexec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + filepath.Dir(nstest.NeedTool(t, "gons")) + ":/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", insideTests()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET, Setpgid: true}
	var trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &trouble, &trouble
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd.WaitDelay = time.Millisecond // what runs on in the background may hold the output
	_ = cmd.Wait()                   // what matters is in the files
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	read := func(name string) string {
		text, err := os.ReadFile(cmd.Dir + "/" + name)
		if err != nil {
			t.Fatalf("%s: %v\n%s", run.command, err, trouble.String())
		}
		return strings.TrimSpace(string(text))
	}
	said := read("out")
	status, err := strconv.Atoi(read("status"))
	if err != nil {
		t.Fatal(err)
	}
	if status != run.status || !run.says.MatchString(said) {
		t.Errorf("%s\nhas status %d, want %d, and says, which should match %q:\n%s", run.command, status, run.status, run.says, said)
	}
	want := read("looked")
	if r.left[program] != nil {
		want = *r.left[program]
	}
	left := read("looking")
	if left != want {
		t.Errorf("%s\nleaves %q, want %q", run.command, left, want)
	}
	outcome := "refused"
	switch status {
	case 0:
		outcome = "done"
	case 124:
		outcome = "never ends"
	}
	return fmt.Sprintf("%s, and there is %q", outcome, left)
}

// insideTests is the variable by which the test binary knows that it need not make namespaces.
func insideTests() string { return "GONS_TEST_INSIDE=" + os.Getenv("GONS_TEST_INSIDE") }

// readRows reads testdata/original.rows.
func readRows(t *testing.T) (rows []*row) {
	t.Helper()
	text, err := os.ReadFile("testdata/original.rows")
	if err != nil {
		t.Fatal(err)
	}
	outcome := regexp.MustCompile(`^ +(\d+)  (.*)$`)
	var r *row
	var run *rowRun
	for n, line := range strings.Split(string(text), "\n") {
		label, rest, _ := strings.Cut(line, ":")
		rest = strings.TrimSpace(rest)
		program := original
		switch found := outcome.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "# "):
			r = &row{situation: strings.TrimSuffix(line[2:], ".")}
			rows = append(rows, r)
		case r == nil || line == "":
		case found != nil && run != nil && run.says == nil:
			run.status, _ = strconv.Atoi(found[1])
			run.says = regexp.MustCompile("(?m)" + found[2])
		case label == "with":
			r.before = append(r.before, rest)
		case label == "differs":
			r.differs = rest
		case label == "left":
			r.left = [2]*string{&rest, &rest}
		case label == "left with ip", label == "left with gons":
			if label == "left with gons" {
				program = clone
			}
			r.left[program] = &rest
		case label == "ip", label == "gons":
			if label == "gons" {
				program = clone
			}
			r.runs[program] = append(r.runs[program], rowRun{command: rest})
			run = &r.runs[program][len(r.runs[program])-1]
		default:
			t.Fatalf("original.rows:%d: cannot read %q", n+1, line)
		}
	}
	for _, r := range rows {
		if len(r.runs[original]) == 0 || len(r.runs[original]) != len(r.runs[clone]) {
			t.Fatalf("%s: not as many commands of gons as of ip", r.situation)
		}
		for _, run := range slices.Concat(r.runs[original], r.runs[clone]) {
			if run.says == nil {
				t.Fatalf("%s: %s has no outcome", r.situation, run.command)
			}
		}
	}
	return rows
}

// What differs is in the table of docs/from-ip-netns.md. The short table of the README has the same lines, as far as it goes.
func TestDifferencesAreTold(t *testing.T) {
	if _, err := os.Stat("../../docs"); err != nil && !nstest.Root() {
		t.Skip("scripts/as-user takes no more than testdata along")
	}
	long, short := tableOf(t, "../../docs/from-ip-netns.md"), tableOf(t, "../../README.md")
	var cells []string
	for _, line := range long {
		cells = append(cells, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	for _, line := range short {
		if !slices.Contains(long, line) {
			t.Errorf("README.md says what docs/from-ip-netns.md does not: %s", line)
		}
	}
	for _, r := range readRows(t) {
		if r.differs != "" && !slices.Contains(cells, r.differs) {
			t.Errorf("%s: docs/from-ip-netns.md has no line that starts with %q", r.situation, r.differs)
		}
	}
}

// tableOf returns the lines of the table that compares ip netns and gons.
func tableOf(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "| | `ip netns` | `gons` |\n|---|---|---|\n")
	if !ok {
		t.Fatalf("%s has no such table", path)
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		lines = append(lines, line)
	}
	return lines
}
