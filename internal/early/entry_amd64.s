//go:build linux && !race

#include "textflag.h"

// Something to be the current goroutine while there is none: with its stack bounds zero, no function finds its stack too small.
GLOBL ·goroutine(SB), NOPTR, $1024

// Where the register FS points to; the word below is what compiled code takes for the current goroutine.
GLOBL ·local(SB), NOPTR, $16

// The register FS as it was.
GLOBL ·localBefore(SB), NOPTR, $8

// The entry point of a Go program on Linux. Package runtime defines it too, as a jump to _rt0_amd64; of two definitions one of
// which may be a duplicate, the linker takes the longer one. See System V ABI, AMD64 Supplement, 3.4.1, for what is where at this point.
TEXT _rt0_amd64_linux(SB), NOSPLIT|NOFRAME|DUPOK, $0
	MOVQ SP, R12

	// A dynamic linker may have set FS up already. The runtime finds it as it was.
	MOVQ $158, AX               // arch_prctl
	MOVQ $0x1003, DI            // ARCH_GET_FS
	MOVQ $·localBefore(SB), SI
	SYSCALL
	TESTQ AX, AX
	JNE  runtime
	MOVQ $·goroutine(SB), AX
	MOVQ $·local+8(SB), SI
	MOVQ AX, -8(SI)
	MOVQ $158, AX
	MOVQ $0x1002, DI            // ARCH_SET_FS
	SYSCALL
	TESTQ AX, AX
	JNE  runtime

	SUBQ $32, SP
	MOVQ R12, 0(SP)
	MOVQ R12, 16(SP)
	CALL ·start(SB)

	MOVQ $158, AX
	MOVQ $0x1002, DI
	MOVQ ·localBefore(SB), SI
	SYSCALL
	MOVQ 16(SP), SP

runtime:
	JMP _rt0_amd64(SB)
