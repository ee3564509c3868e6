//go:build linux && !race

#include "textflag.h"

// Something to be the current goroutine while there is none: with its stack bounds zero, no function finds its stack too small.
GLOBL ·goroutine(SB), NOPTR, $1024

// The entry point of a Go program on Linux. Package runtime defines it too, to go to main with argc and argv; of two definitions one of
// which may be a duplicate, the linker takes the longer one. The stack pointer has argc, as exec(2) has put it there.
TEXT _rt0_arm64_linux(SB), NOSPLIT|NOFRAME|DUPOK, $0
	MOVD $·goroutine(SB), g
	MOVD RSP, R19
	SUB  $32, RSP
	MOVD R19, 8(RSP)
	MOVD R19, 24(RSP)
	CALL ·start(SB)
	MOVD 24(RSP), R19
	MOVD R19, RSP
	MOVD ZR, g
	MOVD 0(RSP), R0
	ADD  $8, RSP, R1
	JMP  main(SB)
