package main

import "golang.org/x/sys/unix"

// skipCall makes the thread, which is at the entry of a system call, do without it.
func skipCall(tid int) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Orig_rax = ^uint64(0) })
}

// setResult changes the result of the system call that the thread is at the exit of.
func setResult(tid int, result int64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Rax = uint64(result) })
}

func changeRegisters(tid int, change func(*unix.PtraceRegs)) error {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return err
	}
	change(&r)
	return unix.PtraceSetRegs(tid, &r)
}
