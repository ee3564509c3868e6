// Package exec runs a program in a network namespace, with a mount namespace of its own in which /sys and
// the files of /etc are those of that namespace. A [Plan] says what; [Plan.Exec] replaces the
// calling process by the program, [Plan.Run] starts it as a child and waits. A [Group] runs many, each on a [Stage], where one follows another.
//
// What has to be looked up by name, such as the user the program is to run as ([LookupAccount], [Caller]), is looked up before, while
// /etc is still that of the machine: a Plan has only numbers. Inside, what needs rights comes before the rights go: namespaces, mounts,
// working directory, then groups, group, user, capabilities, no_new_privs.
//
// Package early does the plain form of [Plan.Exec] in the same steps, before the Go runtime starts: what changes in them here has to change there.
//
// # Thread rules
//
// [Plan.Exec] switches the main thread, so it is to be called on the main goroutine, and after it returns the process is
// fit for nothing but to report the error and end. [Plan.Run] switches a thread of its own and can be called
// many times at once.
package exec
