// Package ipgrammar reads command lines of ip(8) as far as they are about network namespaces, the way iproute2 does: words may be
// cut short, and of several that begin alike the first one of a fixed order is meant.
//
// [Parse] reads a whole line: the options before the object, and what kind of [Call] it is. [ParseNetns] reads the words after
// "ip netns". [Batch] splits the lines of a file for "ip -batch". What ip(8) would refuse before it does anything is
// an [Error], with its text and its exit status.
//
// The package only reads words. Nothing in it depends on the machine.
package ipgrammar
