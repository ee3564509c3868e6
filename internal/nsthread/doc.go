// Package nsthread moves OS threads between namespaces. It is the only place in gons that locks
// threads and calls [setns(2)] or [unshare(2)].
//
// # Thread rules
//
// A network or mount namespace belongs to a thread, not to the process, while a goroutine may move
// between threads at any function call. A thread that was switched and went back to the scheduler's
// pool would therefore run other goroutines in the wrong namespace. Hence:
//
//   - A switch happens only on a locked thread that never goes back to the pool: [Do] starts one
//     for the purpose, and the Go runtime ends it together with its goroutine. Nothing switches back.
//   - The main thread cannot be ended like that, so no other goroutine may ever run on it: a program
//     that uses this package calls [LockMain] from an init function.
//   - [Final] is the exception for the way out: it switches the main thread itself, because the
//     next thing that happens there is execve(2) or the end of the process.
//   - /proc/self/ns/net is the namespace of the main thread. The namespace of the thread that
//     asks is [NetPath].
//   - A child started with os/exec from inside [Do] inherits the namespaces of that thread. Never give
//     it a parent-death signal: that one fires when the thread ends, not the process.
//
// [setns(2)]: https://man7.org/linux/man-pages/man2/setns.2.html
// [unshare(2)]: https://man7.org/linux/man-pages/man2/unshare.2.html
package nsthread
