package exec

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"gons/internal/mounts"

	"golang.org/x/sys/unix"
)

// leaveVRF takes the process out of the VRF that it was started in with "ip vrf exec": sockets of the cgroup are bound to a
// device of that name, which the other namespace does not have.
func leaveVRF() error {
	cgroup, ok := outsideVRF(ownCgroups())
	if !ok {
		return nil
	}
	mounted, err := mounts.FindType("cgroup2")
	if err != nil {
		return fmt.Errorf("leave the VRF: %w", err)
	}
	if err := os.WriteFile(mounted+cgroup+"/cgroup.procs", []byte("0"), 0); err != nil {
		return fmt.Errorf("leave the VRF: %w", err)
	}
	return nil
}

// ownCgroups returns the cgroup file of the process; empty without /proc. Package os would start the poller of the runtime
// for it, which nothing else here needs.
func ownCgroups() []byte {
	// /proc/self is safe here: all threads are in the same cgroup, as far as VRFs are concerned.
	fd, err := unix.Open("/proc/self/cgroup", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	text := make([]byte, 0, 512)
	for {
		n, err := unix.Read(fd, text[len(text):cap(text)])
		if err != nil || n <= 0 {
			return text
		}
		text = slices.Grow(text[:len(text)+n], 1)
	}
}

// outsideVRF returns the cgroup to go to from one that is in a VRF, and whether it is. text is that of a cgroup file
// (proc_pid_cgroup(5)). "ip vrf exec" makes PREFIX/vrf/NAME, and PREFIX/vrf is the place without a VRF.
func outsideVRF(text []byte) (string, bool) {
	for line := range bytes.Lines(text) {
		cgroup, ok := strings.CutPrefix(strings.TrimSuffix(string(line), "\n"), "0::")
		if !ok {
			continue
		}
		const dir = "/vrf"
		if at := strings.LastIndex(cgroup, dir+"/"); at >= 0 {
			return cgroup[:at] + dir, true
		}
	}
	return "", false
}
