//go:build amd64

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A probe is what a command that gons exec starts sees.
type probe struct {
	Net, Mount string   // the namespaces
	FDs        []string // what is open besides 0, 1 and 2
	Sys        uint64   // the device of /sys, another one for each network namespace
	Hosts      string   // the file in /etc
}

const (
	probeMark     = "probe: "
	maxDescriptor = 100
)

// probePath is the command, a script: if the kernel says that it is no program, the shell runs it too.
const probePath = "/run/probe"

func (w *world) writeProbe() error {
	return os.WriteFile(probePath, []byte("#!/bin/sh\nexec '"+w.self+"' -probe\n"), 0o755)
}

// lookAround is what it does.
func lookAround() probe {
	var p probe
	p.Net, _ = os.Readlink("/proc/thread-self/ns/net")
	p.Mount, _ = os.Readlink("/proc/thread-self/ns/mnt")
	for fd := 3; fd < maxDescriptor; fd++ {
		link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err == nil && !strings.HasPrefix(link, "/sys/fs/cgroup/") { // which the runtime of Go opens for itself
			p.FDs = append(p.FDs, link)
		}
	}
	var st unix.Stat_t
	_ = unix.Stat("/sys", &st)
	p.Sys = st.Dev
	hosts, _ := os.ReadFile("/etc/hosts")
	p.Hosts = string(hosts)
	return p
}

func printProbe() error {
	text, err := json.Marshal(lookAround())
	fmt.Println(probeMark + string(text))
	return err
}

// judgeProbes compares what the commands saw with what they were to see. What gons could not give them it has to warn of.
func (w *world) judgeProbes(s *scenario, r request, output string) error {
	if r.How == "ENOENT" && isRunDir(r.Point) {
		return nil // no directory, no names in which to run the command
	}
	seen := map[string]bool{}
	outside := lookAround()
	for line := range strings.Lines(output) {
		text, isProbe := strings.CutPrefix(line, probeMark)
		if !isProbe {
			continue
		}
		var p probe
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return err
		}
		seen[p.Net] = true
		// The kernel says that there are no files for /etc, which is most often so.
		isMisled := r.How == "ENOENT" && (r.Point.isOnWayTo(etcDir) || slices.ContainsFunc(r.Point.files(), func(file string) bool {
			return strings.HasPrefix(file, etcDir)
		}))
		isWarned := strings.Contains(output, "gons: warning: ")
		switch {
		case len(p.FDs) > 0:
			return fmt.Errorf("the command got the descriptors %q", p.FDs)
		case p.Mount == outside.Mount:
			return fmt.Errorf("the command has the mounts of all")
		case p.Sys == outside.Sys && !isWarned:
			return fmt.Errorf("the command has the /sys of another namespace, without a warning")
		case w.hosts != "" && !isMisled && p.Hosts != w.hosts && !isWarned:
			return fmt.Errorf("the command has another /etc/hosts, without a warning")
		}
	}
	for _, name := range s.probed {
		ns, err := inode(entryPath(name))
		if err != nil {
			return err
		}
		if !seen[fmt.Sprintf("net:[%d]", ns)] {
			return fmt.Errorf("the command did not run in %q", name)
		}
	}
	if len(seen) != len(s.probed) {
		return fmt.Errorf("the command ran in %v", seen)
	}
	return nil
}
