package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// What is done to a system call.
const (
	killEntry = "kill at the entry of"
	killExit  = "kill at the exit of"
)

// A request asks a worker for one case or, if How is empty, for the points of a command.
type request struct {
	Scenario string
	How      string // killEntry, killExit or an errno such as "ENOMEM"
	Point    point
}

func (r request) String() string { return fmt.Sprintf("%s: %s %s", r.Scenario, r.How, r.Point) }

// An answer is what came of a request.
type answer struct {
	Points  []point // of the command
	Hit     bool    // the injection took place
	Key     string  // of the point where it did
	Text    string  // what gons said, shortened
	Problem string  // what is wrong with the state that was left
}

//go:embed errnos.txt
var errnoTable string

// errnos returns the errnos that the man page of each system call has.
func errnos() map[string][]string {
	table := map[string][]string{}
	for line := range strings.Lines(errnoTable) {
		if call, names, ok := strings.Cut(line, ":"); ok && line[0] != '#' {
			table[call] = strings.Fields(names)
		}
	}
	return table
}

// runtimeCalls are made by the runtime of Go for itself: how many there are is different each time, and what it does
// when one fails is not in the hands of gons. Mostly it ends the process.
var runtimeCalls = map[string]bool{
	"clone": true, "clone3": true, "epoll_create1": true, "epoll_ctl": true, "epoll_pwait": true, "eventfd2": true,
	"exit": true, "exit_group": true, "futex": true, "getpid": true, "gettid": true, "madvise": true, "mmap": true, "munmap": true,
	"nanosleep": true, "rt_sigaction": true, "rt_sigprocmask": true, "rt_sigreturn": true, "sched_yield": true,
	"sigaltstack": true, "tgkill": true, "sched_getaffinity": true, "mincore": true, "prctl": true,
}

// Of the calls of the runtime so many of each kind are tried.
const (
	runtimeKills  = 12
	runtimeErrors = 2
)

// plan lists the cases for the points of a command, each once.
func plan(points []point) []request {
	table := errnos()
	var cases []request
	seen := map[string]bool{}
	ofRuntime := map[string]int{}
	for _, p := range points {
		if p.Hidden || seen[p.String()] {
			continue
		}
		seen[p.String()] = true
		hows := []string{killEntry, killExit}
		if !hasExit(p.Call) {
			hows = hows[:1]
		}
		names, known := table[p.Call]
		if p.Call == "close" && p.Path == "" {
			// strace leaves out the call that it lets fail, while a close(2) that really fails closes all the same: whoever
			// reads from the other end of that pipe would wait for ever.
			names = nil
		}
		if runtimeCalls[p.Call] {
			ofRuntime[p.Call]++
			if ofRuntime[p.Call] > runtimeKills {
				continue
			}
			if ofRuntime[p.Call] > runtimeErrors {
				names = nil
			}
		} else if !known {
			names = []string{"EIO"} // so that it is noticed
		}
		for _, how := range slices.Concat(hows, names) {
			cases = append(cases, request{How: how, Point: p})
		}
	}
	return cases
}

// hasExit tells whether gons is still there at the exit of the call.
func hasExit(call string) bool {
	return !slices.Contains([]string{"exit", "exit_group", "execve", "rt_sigreturn"}, call)
}
