package mounts

import (
	"os"
	"strings"
)

// Anywhere tells which of the absolute paths are mount points in a mount namespace of any process that the caller may look
// at, this one included. What is a bare file here can be a live mount there, and removing the file would take the mount away
// (since Linux 3.18). It reads the mounts of each mount namespace once.
func Anywhere(paths []string) map[string]bool {
	wanted := make(map[string]bool, len(paths))
	for _, path := range paths {
		wanted[path] = true
	}
	found := map[string]bool{}
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return found
	}
	seen := map[string]bool{}
	for _, p := range processes {
		dir := "/proc/" + p.Name()
		if p.Name()[0] < '0' || p.Name()[0] > '9' {
			continue
		}
		ns, err := os.Readlink(dir + "/ns/mnt")
		if err != nil || seen[ns] {
			continue
		}
		info, err := os.ReadFile(dir + "/mountinfo")
		if err != nil {
			continue // it has ended; another process of the namespace will do
		}
		seen[ns] = true
		for line := range strings.Lines(string(info)) {
			if fields := strings.Fields(line); len(fields) > 4 {
				if point := unescape(fields[4]); wanted[point] {
					found[point] = true
				}
			}
		}
	}
	return found
}

// unescape undoes the octal escapes of mountinfo (proc_pid_mountinfo(5)).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
