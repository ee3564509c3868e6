// Package process reads from /proc which processes there are, and what the kernel tells of one.
//
// A process id is only a number: the process can end at any moment, and some time later another one gets its number. What must
// be about one and the same process is read below a directory that is kept open ([ReadFile]), or confirmed after a pidfd_open(2),
// or compared with the time of start.
//
// # Thread rules
//
// Every function may be called from any goroutine. None of them switches threads.
package process
