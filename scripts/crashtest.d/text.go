//go:build amd64

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// judgeText: there is an error that says what could not be done with what, and why.
func (w *world) judgeText(s *scenario, r request, run run) error {
	if s.args[0] == "exec" && run.status < 125 {
		return fmt.Errorf("the exit status of exec is that of the command")
	}
	objects := append(w.objects(s, r.Point), nouns[r.Point.Call]...)
	why := slices.Concat(reasons[r.How], reasons[r.Point.Call], reasons[r.Point.Call+" "+r.How])
	for _, file := range r.Point.files() {
		why = append(why, reasons[file]...)
	}
	if r.Point.Child {
		why = append(why, reasons["child "+r.How]...)
	}
	if r.Point.Child && r.Point.isOfRuntime() {
		why = append(why, "signal: "+unix.SIGSEGV.String())
	}
	if r.isKill() { // of a child
		why = append(why, "signal: "+unix.SIGKILL.String())
	} else {
		why = append(why, errnoOf[r.How].Error())
	}
	isError, isNamed := false, false
	for line := range strings.Lines(run.output) {
		line = normal(line)
		isHere := strings.HasPrefix(line, "gons: error: ")
		isError = isError || isHere
		// The reason may be in a warning before: that gons goes on without a lock, for instance.
		isHere = isHere || strings.HasPrefix(line, "gons: warning: ")
		isNamed = isNamed || isHere && hasOne(line, objects) && hasOne(line, why)
	}
	if !isError || !isNamed {
		return fmt.Errorf("no error names what failed (%q) and why (%q)", objects, why)
	}
	return nil
}

// objects are what an error can name: an entry, or a file that the call is about.
func (w *world) objects(s *scenario, p point) (objects []string) {
	for name := range w.with(nil) {
		objects = append(objects, `"`+name+`"`)
	}
	for name := range s.names() {
		objects = append(objects, `"`+name+`"`)
	}
	objects = append(objects, `run directory "/var/run/netns"`) // on the way to which each directory is looked at
	objects = append(objects, s.objects...)
	for _, file := range p.files() {
		if file[0] != '/' { // the name of an entry, or of a file system
			continue
		}
		objects = append(objects, `"`+file+`"`)
		if len(file) > 1 {
			// Where the run directory is, and what gons calls it.
			objects = append(objects, file, strings.Replace(file, runDir, "/var"+runDir, 1),
				strings.Replace(file, "/proc/N/task/N", "/proc/thread-self", 1), `"`+filepath.Base(file)+`"`)
		}
	}
	return objects
}

func hasOne(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// nouns are what calls are about that have neither an entry nor a file.
var nouns = map[string][]string{
	"write":   {"/dev/stdout"},
	"unshare": {"private mount namespace"},
}

// reasons are what gons makes of an errno, of a call, or of an errno of a call, where it means just that.
var reasons = map[string][]string{
	"ENOENT":         {"no such name", "there is no such process"},
	"ESRCH":          {"there is no such process"},
	"execve ENOENT":  {"its interpreter or its loader is missing"},
	"execve ENOTDIR": {"command not found"},
	// What a child cannot do before it is the command is told as if it were execve(2) that failed.
	"child ENOTDIR":    {"command not found"},
	"faccessat ENOENT": {"command not found"},
	// Where package os/exec looks for a command it does not tell why it takes none.
	"/run/bin/docker": {"the command is not installed"},
	// What cannot be read any more is closed, and who writes to it is ended by that.
	"read": {"signal: broken pipe"},
	// Package os does not tell why its poller does not take a socket.
	"fcntl":     {"file type does not support deadline"},
	"epoll_ctl": {"file type does not support deadline"},
	// The poller of Go waits for what was there already.
	"read EAGAIN": {"WaitDelay expired before I/O complete"},
	// What is a symlink and cannot be followed for one of these reasons is said to lead nowhere.
	"openat ELOOP":   {"it is a dangling symlink"},
	"openat ENOENT":  {"it is a dangling symlink"},
	"openat ENOTDIR": {"it is a dangling symlink"},
	// That a file has no such ioctl says that it is no namespace.
	"ioctl ENOTTY": {"it is not a network namespace"},
	// It was a symlink a moment ago.
	"readlinkat EINVAL": {"it has changed in between", "it is a dangling symlink"},
	// The call says that nothing is mounted, so the file is removed, which the kernel refuses.
	"umount2 EINVAL": {"device or resource busy"},
	// It says that the directory is there, but what is to be made in it cannot be.
	"mkdirat EEXIST":   {"no such file or directory"},
	"symlinkat EEXIST": {"no such file or directory"},
	// It says that a symlink must not be followed, where there is none to be read. Or it is about a note on a symlink, which
	// counts as missing where it may not be read or is no file, and then the symlink is somebody else's.
	"openat EACCES":   {"no such file or directory", "it is a dangling symlink"},
	"openat EPERM":    {"it is a dangling symlink"},
	"openat ENXIO":    {"it is a dangling symlink"},
	"openat2 EACCES":  {"it is a dangling symlink"},
	"openat2 ELOOP":   {"it is a dangling symlink"},
	"openat2 ENOENT":  {"it is a dangling symlink"},
	"openat2 ENOTDIR": {"it is a dangling symlink"},
	"openat2 ENXIO":   {"it is a dangling symlink"},
	"fstat EACCES":    {"it is a dangling symlink"},
	"fstat ELOOP":     {"it is a dangling symlink"},
	"fstat ENOENT":    {"it is a dangling symlink"},
	"fstat ENOTDIR":   {"it is a dangling symlink"},
	// Without this link /proc does not tell whose processes it shows.
	"readlinkat ENOENT": {"it has changed in between", "/proc shows the processes of another PID namespace"},
}
