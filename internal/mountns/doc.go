// Package mountns looks into the mount namespaces of other processes (mount_namespaces(7)): what is mounted there, and on which
// file. It changes nothing.
//
// # Thread rules
//
// The own mount namespace is that of the calling thread. Nothing is switched.
package mountns
