package main

import (
	"bytes"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gons/internal/nstest"
)

// What is begun before the Go runtime starts is given up as soon as the kernel says anything unexpected, put back, and done by the rest of gons. Here each
// of the system calls fails once. Nothing may be seen of that.
func TestEarlyGivesUp(t *testing.T) {
	nstest.NeedRoot(t) // the tests of an ordinary user do without the short cut
	strace := nstest.NeedTool(t, "strace")
	nstest.NeedTool(t, "unshare")
	// Static, as it is installed: the system calls of a dynamic linker would come first.
	program := filepath.Join(t.TempDir(), "gons")
	build := osexec.Command(nstest.NeedTool(t, "go"), "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	for name, test := range map[string]struct {
		prepare string // shell commands; $G is gons
		trace   string // the command that is traced
		look    string // shell commands whose output has to be the same, with that of the traced command
		calls   string
	}{
		"exec": {
			prepare: `$G add lab other; mkdir -p $GONS_ETC_DIR/lab; echo of lab >$GONS_ETC_DIR/lab/hosts; mount -t tmpfs none /sys/kernel`,
			trace: `$G exec lab sh -c 'pwd; ls /sys/class/net; cat /etc/hosts; echo $GONS_NETNS; findmnt -Rnlo TARGET,FSTYPE /sys | sort
				$G identify; umask; grep -c . /proc/self/mountinfo; ls /proc/self/fd | wc -l'`,
			calls: "fcntl fcntl:2 capget statx statx:2 statx:3 statx:4 getcwd name_to_handle_at open_by_handle_at openat openat:2 openat:3 " +
				"openat:4 openat:5 openat:6 read setns unshare statfs fsopen fsconfig fsconfig:2 fsmount mount mount:2 open_tree open_tree:2 " +
				"umount2 move_mount move_mount:2 move_mount:3 getdents64 mmap mmap:2 faccessat execve:2",
		},
		"exec --no-mounts": {
			prepare: `$G add lab`,
			trace:   `$G exec --no-mounts lab sh -c 'pwd; ls /sys/class/net; $G identify; ls /proc/self/fd | wc -l'`,
			calls:   "fcntl capget statx name_to_handle_at open_by_handle_at openat openat:2 openat:5 read setns faccessat execve:2",
		},
		"add": {
			prepare: `$G add other`,
			trace:   `$G add lab`,
			look:    `$G list; $G exec lab $G identify; grep -c $GONS_RUN_DIR/ /proc/self/mountinfo; stat -c %f $GONS_RUN_DIR/lab; ls /sys/class/net`,
			calls:   "fcntl statx statx:3 statx:4 statx:5 readlinkat readlinkat:2 openat openat:2 flock rt_sigprocmask openat2 unshare mount",
		},
		"delete": {
			prepare: `$G add lab other`,
			trace:   `$G delete lab`,
			look:    `$G list; grep -c $GONS_RUN_DIR/ /proc/self/mountinfo`,
			calls: "fcntl fcntl:4 statx statx:3 openat flock rt_sigprocmask faccessat name_to_handle_at open_by_handle_at umount2 " +
				"unlinkat",
		},
		"list": {
			prepare: `$G add a b c; $G set b 7`,
			trace:   `$G list | tee /run/early`,
			look:    `GODEBUG=asyncpreemptoff=0 $G list | cmp - /run/early`,
			calls: "fcntl ioctl socket socket:2 sendto sendto:2 recvfrom recvfrom:2 openat getdents64 mmap mmap:2 mmap:3 mmap:4 " +
				"name_to_handle_at name_to_handle_at:3 open_by_handle_at write",
		},
		"list of many": {
			prepare: `$G add $(seq 300); $G set 7 7; $G set 293 9`,
			trace:   `$G list --json >/run/early`,
			look:    `GODEBUG=asyncpreemptoff=0 $G list --json | cmp - /run/early`,
			calls:   "recvfrom:2 recvfrom:99 getdents64 mmap:3 name_to_handle_at:100 open_by_handle_at:100 clone wait4 write",
		},
		"identify": {
			prepare: `$G add a b; $G attach c a; sleep 60 & p=$!; nsenter --net=$GONS_RUN_DIR/a sleep 60 & q=$!; until $G identify $q | grep -q a; do :; done`,
			trace:   `$G identify $q`,
			look:    `$G identify $p`,
			calls:   "fcntl readlinkat openat openat:2 statx statx:2 getdents64 mmap mmap:2 mmap:3 write",
		},
		"pids": {
			prepare: `$G add a; for i in $(seq 90); do $G exec a sleep 60 & done; until test $($G pids a | wc -l) = 90; do :; done`,
			trace:   `$G pids a >/run/early`,
			look:    `GODEBUG=asyncpreemptoff=0 $G pids a | cmp - /run/early`,
			calls: "fcntl statx name_to_handle_at open_by_handle_at readlinkat readlinkat:2 readlinkat:30 openat getdents64 getdents64:2 mmap " +
				"mmap:2 mmap:3 clone wait4 write",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := givenUp(t, program, test.prepare, test.trace, test.look)
			for call := range strings.FieldsSeq(test.calls) {
				call, when, _ := strings.Cut(call, ":")
				if when == "" {
					when = "1"
				}
				for _, errno := range []string{"EPERM", "ENOMEM"} {
					inject := strace + " -o /dev/null -e inject=" + call + ":error=" + errno + ":when=" + when + " "
					if got := givenUp(t, program, test.prepare, inject+test.trace, test.look); got != want {
						t.Errorf("%s fails with %s:\n%s\nwithout that:\n%s", call, errno, got, want)
					}
				}
			}
		})
	}
}

// givenUp returns what comes of a command in mount, network and PID namespaces of its own.
func givenUp(t *testing.T, program, prepare, command, look string) string {
	t.Helper()
	script := `set -e
		mount -t tmpfs -o mode=755 none /run
		cd /
		` + prepare + `
		set +e
		` + command + `
		echo status $?
		` + look
	cmd := osexec.Command("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script)
	cmd.Env = append(os.Environ(), "G="+program, "GONS_RUN_DIR=/run/netns", "GONS_ETC_DIR=/run/etc-netns")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
	return out.String()
}
