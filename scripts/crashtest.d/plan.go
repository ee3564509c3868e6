//go:build amd64

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

// isKill tells whether gons, or its child, is to be killed.
func (r request) isKill() bool { return r.How == killEntry || r.How == killExit }

// An answer is what came of a request.
type answer struct {
	Points  []point // of the command
	Hit     bool    // the point was reached
	Text    string  // what gons said, shortened
	Problem string  // what is wrong with the state that was left
}

//go:embed errnos.txt
var errnoTable string

// errnos returns the errnos that the man page of each system call has.
func errnos() map[string][]string {
	table := map[string][]string{}
	for line := range strings.Lines(errnoTable) {
		call, rest, ok := strings.Cut(line, ":")
		if !ok || line[0] == '#' {
			continue
		}
		names := strings.Fields(rest)
		for i := range names {
			names[i] = strings.Replace(names[i], "EWOULDBLOCK", "EAGAIN", 1) // the same number
		}
		slices.Sort(names)
		table[call] = slices.Compact(names)
	}
	// Its page has only what it adds to those of openat(2).
	also := slices.Concat(table["openat2"], table["openat"])
	slices.Sort(also)
	table["openat2"] = slices.Compact(also)
	return table
}

// Of the calls that the runtime of Go makes for itself so many of each kind are tried, in gons and in its children: there are a
// hundred, one is like the other, and outside the process they change nothing. To be killed at one of them leaves what a kill at the
// exit of the last call of gons leaves, or at the entry of the next one; what comes of an error says nothing about gons.
const (
	runtimeKills  = 12
	runtimeErrors = 2
)

// plan lists the cases for the points of a command. The error says which system call has no errnos yet.
func plan(points []point) ([]request, error) {
	table := errnos()
	var cases []request
	for _, p := range points {
		names, known := table[p.Call]
		if !known && p.hasExit() {
			return nil, fmt.Errorf("there are no errnos for %s: add it with errnos-from-man", p.Call)
		}
		hows := []string{killEntry, killExit}
		if !p.hasExit() {
			hows = hows[:1]
		}
		if p.isOfRuntime() && p.N > runtimeErrors {
			names = nil
		}
		if p.isOfRuntime() && p.N > runtimeKills {
			hows = nil
		}
		for _, how := range slices.Concat(hows, names) {
			cases = append(cases, request{How: how, Point: p})
		}
	}
	return cases, nil
}
