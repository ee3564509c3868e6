// Package nsfile is the run directory: the place where a network namespace gets a name. A name, or entry, is an empty
// file on which the namespace is bind mounted, or a symlink to something that is a namespace. ip-netns(8) uses the
// same directory and the same form, so both tools see each other's names.
//
// [Dir] reads: [Dir.Open] for one entry, [Dir.List] for all. [Locked], got from [Dir.Setup] or [Dir.Lock], writes:
// [Locked.Create], [Locked.Link], [Locked.Pin], [Locked.Remove], [Locked.RemoveTogether],
// [Locked.Prune]. All writers of gons hold the lock from their first look until the
// entry is complete or gone. ip(8) holds the same lock, but only while it prepares the directory.
//
// Paths are never compared to tell whether two entries are the same namespace; [Entry.Dev] and [Entry.Ino] are.
//
// Package early does the plain form of [Locked.Create] and [Locked.Remove] in the same steps, before the Go runtime starts: what changes in them here
// has to change there.
//
// # Thread rules
//
// A Dir is a value and safe to share. A Locked is safe for concurrent use until Close. Creating a namespace happens on
// a thread of its own (package nsthread); the caller's thread is never switched.
package nsfile
