package exec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Capability is one of capabilities(7), by its number.
type Capability uint

// capabilityNames are the names by number, without "cap_".
var capabilityNames = [...]string{
	unix.CAP_CHOWN: "chown", unix.CAP_DAC_OVERRIDE: "dac_override", unix.CAP_DAC_READ_SEARCH: "dac_read_search",
	unix.CAP_FOWNER: "fowner", unix.CAP_FSETID: "fsetid", unix.CAP_KILL: "kill", unix.CAP_SETGID: "setgid",
	unix.CAP_SETUID: "setuid", unix.CAP_SETPCAP: "setpcap", unix.CAP_LINUX_IMMUTABLE: "linux_immutable",
	unix.CAP_NET_BIND_SERVICE: "net_bind_service", unix.CAP_NET_BROADCAST: "net_broadcast",
	unix.CAP_NET_ADMIN: "net_admin", unix.CAP_NET_RAW: "net_raw", unix.CAP_IPC_LOCK: "ipc_lock",
	unix.CAP_IPC_OWNER: "ipc_owner", unix.CAP_SYS_MODULE: "sys_module", unix.CAP_SYS_RAWIO: "sys_rawio",
	unix.CAP_SYS_CHROOT: "sys_chroot", unix.CAP_SYS_PTRACE: "sys_ptrace", unix.CAP_SYS_PACCT: "sys_pacct",
	unix.CAP_SYS_ADMIN: "sys_admin", unix.CAP_SYS_BOOT: "sys_boot", unix.CAP_SYS_NICE: "sys_nice",
	unix.CAP_SYS_RESOURCE: "sys_resource", unix.CAP_SYS_TIME: "sys_time", unix.CAP_SYS_TTY_CONFIG: "sys_tty_config",
	unix.CAP_MKNOD: "mknod", unix.CAP_LEASE: "lease", unix.CAP_AUDIT_WRITE: "audit_write",
	unix.CAP_AUDIT_CONTROL: "audit_control", unix.CAP_SETFCAP: "setfcap", unix.CAP_MAC_OVERRIDE: "mac_override",
	unix.CAP_MAC_ADMIN: "mac_admin", unix.CAP_SYSLOG: "syslog", unix.CAP_WAKE_ALARM: "wake_alarm",
	unix.CAP_BLOCK_SUSPEND: "block_suspend", unix.CAP_AUDIT_READ: "audit_read", unix.CAP_PERFMON: "perfmon",
	unix.CAP_BPF: "bpf", unix.CAP_CHECKPOINT_RESTORE: "checkpoint_restore",
}

func (c Capability) String() string {
	if int(c) < len(capabilityNames) {
		return "CAP_" + strings.ToUpper(capabilityNames[c])
	}
	return strconv.Itoa(int(c))
}

// ParseCapability reads a name, with or without "cap_" and in any case.
func ParseCapability(name string) (Capability, error) {
	n := slices.Index(capabilityNames[:], strings.TrimPrefix(strings.ToLower(name), "cap_"))
	if n < 0 {
		return 0, fmt.Errorf("no capability %q", name)
	}
	return Capability(n), nil
}

// A capabilitySet has one bit for each capability.
type capabilitySet uint64

func setOf(caps []Capability) (s capabilitySet) {
	for _, c := range caps {
		s |= 1 << c
	}
	return s
}

// permitted returns the capabilities that the thread may use.
func permitted() (capabilitySet, error) {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, refused(err, "", "get the capabilities")
	}
	return capabilitySet(data[1].Permitted)<<32 | capabilitySet(data[0].Permitted), nil
}

// set makes s all the capabilities that the thread has, and those that execve(2) hands on to an ordinary program
// (the ambient ones).
func (s capabilitySet) set() error {
	low, high := uint32(s), uint32(s>>32)
	data := [2]unix.CapUserData{
		{Effective: low, Permitted: low, Inheritable: low},
		{Effective: high, Permitted: high, Inheritable: high},
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return refused(err, "CAP_SETPCAP", "set the capabilities")
	}
	err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err != nil && (s != 0 || err != unix.EINVAL) { // EINVAL: before Linux 4.3 there are none
		return refused(err, "", "clear the ambient capabilities")
	}
	for c := range Capability(64) {
		if s&(1<<c) == 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(c), 0, 0); err != nil {
			return refused(err, c.String(), "keep the capability %s", c)
		}
	}
	return nil
}

// bound keeps root, who gets all that is in the bounding set whenever he executes a program, from getting more than s.
func (s capabilitySet) bound() error {
	for c := range Capability(64) {
		if s&(1<<c) != 0 {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0)
		if err == unix.EINVAL { // the kernel has no more
			return nil
		}
		if err != nil {
			return refused(err, "CAP_SETPCAP", "give up the capability %s", c)
		}
	}
	return nil
}

// CapabilityNames returns the names that [ParseCapability] takes, by number.
func CapabilityNames() []string { return slices.Clone(capabilityNames[:]) }
