// Package mounts makes and removes mounts: the bind mounts that pin a namespace to a name, the shared
// run directory, and the private view of /sys and /etc that a command gets.
//
// Every function is one step of that work, returns an [Error] that names what was to be mounted where,
// and can be undone or retried by the caller. See mount(2), umount(2), mount_namespaces(7).
//
// # Thread rules
//
// A mount appears in the mount namespace of the calling thread. [Cut], [Sys] and [Etc.Mount] are meant for a thread that
// was just given a mount namespace of its own (package nsthread); on any other they change the machine.
package mounts
