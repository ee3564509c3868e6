// Package early does the plain form of a few commands before the Go runtime starts: "gons exec NAME COMMAND", "gons add NAME" and the
// like, as root or whoever may, where nothing is out of the ordinary. The start of the runtime takes longer than the work itself.
//
// Importing the package is all there is to do. The entry point of the program becomes that of this package (see entry_amd64.s): it looks at
// the command line, and hands the process on to the runtime, as it was, for anything but the plain form of those commands.
//
// The rule is that a command is done in full and without a word, or not at all. Whatever a system call says that is not expected,
// what was changed is put back and the runtime starts, and with it the rest of gons, which does the whole command again with all its
// checks, hints and error messages. So there is one place for these, and it is not here; and what is not known here, or cannot be decided
// in a few system calls, such as a symlink on the way to the run directory, is left to the rest of gons as well. Nothing is weaker here than
// there: the same directories are trusted, the same lock is taken, and the same steps come in the same order, so that a kill
// at any moment leaves what it would leave there.
//
// Programs that are linked by a C compiler (cgo with its own linking), and builds for the race detector, start the usual way, as does
// everything with GODEBUG in its environment.
//
// # Rules for the code
//
// There is no runtime: no heap, no garbage collector, no goroutine, no panic. The code of this package, and all that it calls, must
// not allocate, append, concatenate strings, convert to an interface, defer, use maps or channels, or fail a bounds check. Memory is on the
// stack, which is that of the process and has 8 MiB as a rule, or comes from mmap(2). Calling out is limited to functions that follow
// these rules themselves; a test disassembles the program and goes through all calls.
//
// Pointers are handed to the kernel through parameters of pointer type, which keeps what they point to where it is during the call.
//
// # Thread rules
//
// The process has one thread. That is why /proc/self can stand for it here, and why namespaces may be switched without
// package nsthread: the thread either becomes the program that is executed, ends, or is switched back.
package early
