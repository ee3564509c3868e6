package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A row is one work that gons and a peer do.
type row struct {
	key, work, peer string
	reach           float64 // the ratio gons/peer to reach
	rounds          int
	names           int // how many there are
	processes       int // how many there are in each of them
	// before, if not nil, is called before each run.
	before func() error
	// The commands; i is different each time. floor, if not nil, is the program in C.
	gons, other, floor func(i int) []string
	// marks is how often mark is in what the two commands print; nothing is checked if mark is empty.
	mark  string
	marks int
	// needs is what gons has to have for the row: a word in the help of a command, both separated by a blank.
	needs string
}

// always is a command that is the same each time.
func always(argv ...string) func(int) []string { return func(int) []string { return argv } }

// tab is what the script for bash runs when the user presses Tab after "gons exec ".
func tab(w *world) []string {
	return []string{w.gons, "__tab", "bash", "9", " \t\n\"'><=;|&(:", "gons exec ", "gons", "exec", ""}
}

// rows is the table. The middle one of the names is the one that is used.
func rows(w *world) []row {
	in := func(n int) string { return name(n / 2) }
	gons := func(args ...string) func(int) []string { return always(append([]string{w.gons}, args...)...) }
	fresh := func(argv ...string) func(int) []string {
		return func(i int) []string { return append(argv, fmt.Sprintf("new%d", i)) }
	}
	floor := filepath.Join(w.dir, "floor")
	reader := filepath.Join(w.dir, "floor-read")
	batch := filepath.Join(w.dir, "batch")
	// The process is looked for when it is there, once.
	someone := sync.OnceValue(func() string {
		pid, err := w.someone(500)
		if err != nil {
			return err.Error() // no process id: the commands will tell
		}
		return pid
	})
	empty := func() error { return w.resize(0) }
	ids := sync.OnceValue(func() error {
		if err := w.resize(1000); err != nil {
			return err
		}
		text := "netns set " + strings.Join(names(0, 1000), " auto\nnetns set ") + " auto\n"
		if err := os.WriteFile(batch, []byte(text), 0o644); err != nil {
			return err
		}
		return w.call("ip", "-batch", batch)
	})
	full := func() error { return w.resize(1000) }
	return []row{
		{
			key: "exec-1", work: "exec NAME true, 1 name", peer: "ip netns exec", reach: 1.1, rounds: 300, names: 1,
			gons: gons("exec", in(1), "true"), other: always("ip", "netns", "exec", in(1), "true"), floor: always(floor, in(1), "true"),
		},
		{
			key: "add", work: "add one", peer: "ip netns add", reach: 1.1, rounds: 200, names: 1,
			gons: fresh(w.gons, "add"), other: fresh("ip", "netns", "add"), floor: fresh(filepath.Join(w.dir, "floor-add")),
		},
		{
			key: "pids", work: "pids NAME, 2,000 processes", peer: "ip netns pids", reach: 0.7, rounds: 100, names: 200, processes: 10,
			gons: gons("pids", in(200)), other: always("ip", "netns", "pids", in(200)), mark: "\n", marks: 10,
		},
		{
			key: "list-procs", work: "list with PROCS, 200 names, 2,000 processes", peer: "lsns -t net", reach: 0.5, rounds: 40,
			names: 200, processes: 10,
			gons: gons("list", "-o", "NAME,PROCS"), other: always("lsns", "-t", "net"), needs: "list PROCS",
		},
		{
			key: "exec-all", work: "exec --all -P0 true, 500 names", peer: "ip -all netns exec true", reach: 0.35, rounds: 10, names: 500,
			gons: gons("exec", "--all", "-P0", "true"), other: always("ip", "-all", "netns", "exec", "true"), mark: "netns: ", marks: 500,
			floor: always("sh", "-c", "ls "+runDir+" | xargs -P4 -I{} "+floor+" {} true"),
		},
		{
			key: "exec-1000", work: "exec NAME true, 1,000 names", peer: "ip netns exec", reach: 1, rounds: 200, names: 1000,
			gons: gons("exec", in(1000), "true"), other: always("ip", "netns", "exec", in(1000), "true"), floor: always(floor, in(1000), "true"),
		},
		{
			key: "exec-no-mounts", work: "exec --no-mounts NAME true, 1,000 names", peer: "nsenter --net=", reach: 1, rounds: 200, names: 1000,
			gons:  gons("exec", "--no-mounts", in(1000), "true"),
			other: always("nsenter", "--net="+filepath.Join(runDir, in(1000)), "true"),
			floor: always(floor, "-n", in(1000), "true"),
		},
		{
			key: "list", work: "list, 1,000 names without ids", peer: "ip netns list", reach: 0.35, rounds: 60, names: 1000,
			gons: gons("list"), other: always("ip", "netns", "list"), mark: "\n", marks: 1000,
			floor: always(reader),
		},
		{
			key: "list-json", work: "list --json, 1,000 names", peer: "ip -j netns list", reach: 0.35, rounds: 60, names: 1000,
			gons: gons("list", "--json"), other: always("ip", "-j", "netns", "list"), mark: `"name":`, marks: 1000,
		},
		{
			key: "identify", work: "identify PID, 1,000 names", peer: "ip netns identify", reach: 0.7, rounds: 100, names: 1000, processes: 1,
			gons:  func(int) []string { return []string{w.gons, "identify", someone()} },
			other: func(int) []string { return []string{"ip", "netns", "identify", someone()} },
			floor: func(int) []string { return []string{reader, someone()} },
			mark:  name(500) + "\n", marks: 1,
		},
		{
			key: "completion", work: "completion of a name, 1,000 names", peer: "ls of the run directory", reach: 3, rounds: 100, names: 1000,
			gons: always(tab(w)...), other: always("ls", runDir), mark: "ns0", marks: 1000,
		},
		{
			key: "list-ids", work: "list, 1,000 names with ids", peer: "ip netns list", reach: 0.35, rounds: 60, before: ids,
			gons: gons("list"), other: always("ip", "netns", "list"), mark: "(id: ", marks: 1000,
		},
		{
			key: "add-1000", work: "add 1,000 in one call", peer: "ip -batch", reach: 0.6, rounds: 5, before: empty,
			gons:  func(int) []string { return append([]string{w.gons, "add"}, names(0, 1000)...) },
			floor: func(int) []string { return append([]string{filepath.Join(w.dir, "floor-add")}, names(0, 1000)...) },
			other: func(int) []string {
				text := "netns add " + strings.Join(names(0, 1000), "\nnetns add ") + "\n"
				if err := os.WriteFile(batch, []byte(text), 0o644); err != nil {
					return []string{"false"}
				}
				return []string{"ip", "-batch", batch}
			},
		},
		{
			key: "delete-1000", work: "delete --all, 1,000 names", peer: "ip -all netns delete", reach: 1, rounds: 15, before: full,
			gons: gons("delete", "--all"), other: always("ip", "-all", "netns", "delete"),
		},
	}
}
