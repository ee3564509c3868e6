// Package nsid reads and sets nsids: the small numbers by which one network namespace knows another
// (rtnetlink(7), RTM_GETNSID since Linux 4.0).
//
// # Thread rules
//
// Ids are relative to the namespace in which the socket was opened: the one of the thread that called
// [Dial]. A [Conn] is for one goroutine at a time.
package nsid
