package exec

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gons/internal/mounts"
	"gons/internal/nstest"
	"gons/internal/nsthread"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// output runs the plan as a child in the present namespace and returns what it writes.
func output(t *testing.T, p *Plan) string {
	t.Helper()
	// /proc/self is safe here: the test's threads are in the network namespace of the main one.
	ns, err := netns.GetFromPath("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	p.NS, p.Name = ns, "here"
	p.Warn = func(err error) { t.Errorf("warning: %v", err) }
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	child, err := p.Start([]*os.File{nil, in, os.Stderr})
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := child.Wait(); err != nil || !state.Success() {
		t.Fatalf("%v: %v %v", p.Argv, state, err)
	}
	return string(text)
}

// TestStartMounts starts a child with mounts and a working directory of its own, and checks that the process keeps its own.
func TestStartMounts(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, noMounts := range []bool{false, true} {
		p := &Plan{
			Argv: []string{"sh", "-c", "pwd; grep -c '^nameserver 192.0.2.53$' /etc/resolv.conf; ls /sys/fs/cgroup | wc -l"},
			Dir:  "/sys", NoMounts: noMounts, Strict: true, EtcMode: mounts.EtcOverlay,
			DNS: &mounts.DNS{Servers: []netip.Addr{netip.MustParseAddr("192.0.2.53")}},
		}
		entries, err := os.ReadDir("/sys/fs/cgroup")
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("/sys\n1\n%d\n", len(entries))
		if noMounts {
			p.Argv[2] += "; true"
			want = fmt.Sprintf("/sys\n0\n%d\n", len(entries))
		}
		if got := output(t, p); got != want {
			t.Errorf("without mounts %t: got %q, want %q", noMounts, got, want)
		}
		if now, err := os.Getwd(); err != nil || now != wd {
			t.Errorf("the working directory is %q, %v, and was %q", now, err, wd)
		}
		if now, err := filepath.EvalSymlinks("/proc/self/cwd"); err != nil || now != wd {
			t.Errorf("the kernel has %q, %v, want %q", now, err, wd)
		}
	}
}

// field is a line of /proc/PID/status.
func field(t *testing.T, status, key string) string {
	t.Helper()
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	t.Fatalf("no %s in\n%s", key, status)
	return ""
}

// TestStartAsUser starts children with different credentials, and checks that the process itself keeps its own.
func TestStartAsUser(t *testing.T) {
	nstest.NeedRoot(t)
	read := []string{"cat", "/proc/self/status"}
	before := output(t, &Plan{Argv: read})

	status := output(t, &Plan{Argv: read, Credentials: &Credentials{
		Switch: true, UID: 4711, GID: 4712, SetGroups: true, Groups: []int{4, 8}, NoNewPrivs: true,
	}})
	for key, want := range map[string]string{
		"Uid": "4711 4711 4711 4711", "Gid": "4712 4712 4712 4712", "Groups": "4 8", "NoNewPrivs": "1",
		"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000",
	} {
		if got := field(t, status, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}

	status = output(t, &Plan{Argv: read, Credentials: &Credentials{
		Switch: true, UID: 4711, GID: 4711, SetGroups: true, Caps: []Capability{unix.CAP_NET_RAW, unix.CAP_BPF},
	}})
	want := "000000" + strconv.FormatUint(1<<unix.CAP_NET_RAW|1<<unix.CAP_BPF, 16)
	for _, key := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		if got := field(t, status, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := field(t, status, "Groups"); got != "" {
		t.Errorf("the groups are %q, want none", got)
	}

	after := output(t, &Plan{Argv: read})
	for _, key := range []string{"Uid", "Gid", "Groups", "NoNewPrivs", "CapPrm", "CapBnd", "CapAmb"} {
		if a, b := field(t, before, key), field(t, after, key); a != b {
			t.Errorf("%s was %q and is %q", key, a, b)
		}
	}
}

// TestLimitRoot takes capabilities from root, who would get them all back with the next program.
func TestLimitRoot(t *testing.T) {
	status := output(t, &Plan{Argv: []string{"sh", "-c", "cat /proc/self/status"}, Credentials: &Credentials{
		LimitCaps: true, Caps: []Capability{unix.CAP_NET_ADMIN},
	}})
	for _, key := range []string{"CapPrm", "CapEff", "CapBnd"} {
		if got := field(t, status, key); got != "0000000000001000" {
			t.Errorf("%s is %q, want net_admin alone", key, got)
		}
	}
}

func TestMissingCapability(t *testing.T) {
	err := nsthread.Do(func(*nsthread.Thread) error {
		if err := capabilitySet(0).set(); err != nil {
			return err
		}
		return (&Credentials{Caps: []Capability{unix.CAP_NET_RAW}}).apply()
	})
	var failed *CredentialsError
	if !errors.As(err, &failed) || failed.Needs != "CAP_NET_RAW" || !errors.Is(err, unix.EPERM) {
		t.Errorf("got %v, want a CredentialsError with EPERM", err)
	}
}

// TestCapabilityNames compares the names with what the kernel knows.
func TestCapabilityNames(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		t.Fatal(err)
	}
	last, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if last >= len(capabilityNames) {
		t.Errorf("the kernel has %d, names end at %d", last, len(capabilityNames)-1)
	}
	for n, name := range capabilityNames {
		for _, form := range []string{name, "cap_" + name, "CAP_" + strings.ToUpper(name)} {
			if c, err := ParseCapability(form); err != nil || int(c) != n {
				t.Errorf("%q is %d, %v, want %d", form, c, err, n)
			}
		}
	}
	for _, name := range []string{"", "cap_", "7", "net_raw "} {
		if c, err := ParseCapability(name); err == nil {
			t.Errorf("%q is taken for %s", name, c)
		}
	}
}
