package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// prelude comes before each script of testdata/ip. The function t runs a command and shows it, with its status; in what it shows the ids
// of processes have no numbers, because those differ each time.
const prelude = `set -u
mount -t tmpfs -o mode=0755 tmpfs /run || exit
mkdir /run/upper /run/work || exit
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc || exit
mount -t tmpfs -o mode=0755 tmpfs /run || exit
ip link set lo down
long=$(printf 'n%.0s' {1..255})
t() {
	local shown=$* status=0
	shown=${shown//$$/PID}
	[ -z "${!-}" ] || shown=${shown//$!/PID}
	printf '$ %s\n' "$shown" | tee /dev/stderr
	"$@" || status=$?
	echo "status $status"
	return $status
}
`

// A transcript is what a script did.
type transcript struct {
	stdout, stderr string
	status         int
}

// TestTakesThePlaceOfIP runs each script of testdata/ip twice, with ip(8) and with gons by the name of it, each time in namespaces of
// their own. Nothing may differ. The scripts are written for iproute2 6.1; what is different on purpose is in ip-differs.txtar.
func TestTakesThePlaceOfIP(t *testing.T) {
	nstest.NeedTool(t, "ip")
	nstest.NeedTool(t, "bash")
	scripts, err := filepath.Glob("testdata/ip/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("testdata/ip/scripts/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	if scripts = append(scripts, more...); len(scripts) < 10 {
		t.Fatalf("only %d scripts found", len(scripts))
	}
	shim := ipShim(t)
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".sh"), func(t *testing.T) {
			t.Parallel()
			const usual = "/usr/sbin:/usr/bin:/sbin:/bin"
			want := runScript(t, script, usual)
			got := runScript(t, script, shim+":"+usual)
			compare(t, "standard output", got.stdout, want.stdout)
			compare(t, "standard error", got.stderr, want.stderr)
			if got.status != want.status {
				t.Errorf("exit status %d, with ip %d", got.status, want.status)
			}
			if testing.Verbose() {
				t.Logf("%d lines", strings.Count(want.stdout, "\n"))
			}
		})
	}
}

// ipShim returns a directory in which ip and ipnetns are this test binary, which then is gons.
func ipShim(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{ipName, ipNetnsName} {
		if err := os.Symlink(exe, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runScript runs a script in new network and mount namespaces.
func runScript(t *testing.T, script, path string) transcript {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := osexec.CommandContext(ctx, "bash", "-c", prelude+string(text), script)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + path, "LC_ALL=C"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET}
	err = cmd.Run()
	var exit *osexec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	return transcript{normal(stdout.String()), normal(stderr.String()), cmd.ProcessState.ExitCode()}
}

// normal takes out of a transcript what may differ: addresses that are random, whether the run directory is below /run or /var/run, the text of
// help, and that ip(8) says twice that an entry is no namespace.
func normal(text string) string {
	for _, r := range []struct{ from, to string }{
		{`([0-9a-f]{2}:){5}[0-9a-f]{2}`, "MAC"},
		{`fe80::[0-9a-f:]+`, "LINKLOCAL"},
		{`/var/run/netns`, "/run/netns"},
		{`Usage:\s+ip netns list\n(\s+ip .*\n)+NETNSID := .*\n`, "USAGE\n"},
		{regexp.QuoteMeta(ipUsage), "USAGE\n"},
		{`(` + regexp.QuoteMeta(errPeer) + `\n)+`, errPeer + "\n"},
		{`(?m)^\S+: line \d+: +\d+ (\w.*?) *"\$@"$`, "bash: $1"}, // how a command was killed
	} {
		text = regexp.MustCompile(r.from).ReplaceAllString(text, r.to)
	}
	return text
}

// compare shows the first lines that differ, with those before them.
func compare(t *testing.T, what, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			const before, after = 4, 6
			part := func(lines []string) string {
				return strings.Join(lines[min(max(0, i-before), len(lines)):min(i+after, len(lines))], "\n")
			}
			t.Errorf("%s, line %d: gons has\n%s\n\nip has\n%s", what, i+1, part(g), part(w))
			return
		}
	}
}
