// Package holders finds out from /proc who is in a network namespace.
//
// [Find] is one pass over all processes, and over their threads if need be: a thread can be in another namespace than its
// process. [Open] goes the other way, from a process to its namespace.
//
// Processes come and go while the pass is under way. Each is looked at through /proc/PID or below a directory that is kept
// open, and what is told about it later is read only after its namespace was looked at once more, so a process id that was
// given to another process meanwhile is noticed.
//
// Namespaces are told apart by inode number alone: all of them are on one file system (nsfs).
//
// # Thread rules
//
// Every function may be called from any goroutine. None of them switches threads; process ids are those of the PID
// namespace that gons was started in, which cannot be changed for a running process.
package holders
