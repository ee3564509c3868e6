package nstest

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Forbid makes a system call fail with an errno on the calling thread, and in what is executed from there, as on a kernel that does not
// have it or under a filter that does not know it. It stays so: the thread has to end with the test (package nsthread). That takes
// CAP_SYS_ADMIN in the user namespace.
func Forbid(call uint32, errno unix.Errno) error {
	const numberOffset = 0 // of struct seccomp_data
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: numberOffset},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&filter)), 0, 0); err != nil {
		return fmt.Errorf("forbid a system call: %w", err)
	}
	return nil
}
