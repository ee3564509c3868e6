package main

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"gons/internal/holders"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// A listedPID is one process or thread as gons pids shows it.
type listedPID struct {
	PID     int       `json:"pid"`
	TID     int       `json:"tid,omitempty"` // of a thread that is in another namespace than its process
	Command string    `json:"command"`
	Args    []string  `json:"args,omitempty"`
	UID     int       `json:"uid"`
	User    string    `json:"user,omitempty"`
	Start   time.Time `json:"start"`
}

type pidsOptions struct{ threads bool }

func newPIDs(c *cli) *cobra.Command {
	var opts pidsOptions
	out := &listing[listedPID]{
		columns: []column[listedPID]{
			{"PID", "the process", func(l listedPID) string { return strconv.Itoa(l.PID) }},
			{"TID", "with --threads: the thread, if only that is in the namespace", listedPID.tid},
			{"USER", "the user as whom it runs", listedPID.user},
			{"START", "when it was started", func(l listedPID) string { return l.Start.Format(time.DateTime) }},
			{"COMMAND", "the command line; in brackets that of a kernel thread", listedPID.commandLine},
		},
		usual: []string{"PID", "USER", "START", "COMMAND"},
		plain: listedPID.asIP,
	}
	cmd := &cobra.Command{
		Use:        "pids TARGET",
		GroupID:    groupLooking,
		SuggestFor: []string{"ps", "processes"},
		Short:      "List the processes in a network namespace",
		Long: `List the processes that are in a network namespace, by process id: to see who uses it, before deleting it for instance. It is a
table on a terminal, elsewhere one id a line, and
with -o as records with tabs between the columns. How many processes gons may not inspect is told on standard error.

A thread can be in another namespace than its process: with --threads such threads are listed too, by thread id.

TARGET is a name, pid:N for the namespace of a process, docker:CONTAINER, podman:CONTAINER, or the absolute path of a namespace.`,
		Example: `  gons pids lab
  gons pids lab --threads --json
  gons pids pid:4242 -o PID,COMMAND
  gons pids lab | xargs --no-run-if-empty kill`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "no target given")
			}
			return noArguments(cmd, args[1:])
		},
		ValidArgsFunction: c.completeTargets,
		RunE: func(_ *cobra.Command, args []string) error {
			if opts.threads {
				out.usual = []string{"PID", "TID", "USER", "START", "COMMAND"}
			}
			items, err := c.readPIDs(args[0], opts, !out.isPlain(c))
			if err != nil {
				return err
			}
			return out.write(c, items)
		},
	}
	cmd.Flags().BoolVar(&opts.threads, "threads", false, "list threads that are in it without their process, too")
	out.register(cmd)
	return cmd
}

// readPIDs finds what is in the namespace that word means. What is told beside the ids is read only if about is true. The result is
// never nil.
func (c *cli) readPIDs(word string, opts pidsOptions, about bool) ([]listedPID, error) {
	ns, err := c.open(word)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	return c.pidsIn(ns, opts, about)
}

// pidsIn is readPIDs for a target that is open.
func (c *cli) pidsIn(ns *target, opts pidsOptions, about bool) ([]listedPID, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(ns.NsHandle), &st); err != nil {
		return nil, fmt.Errorf("look at %q: %w", ns.label, err)
	}
	found, err := holders.Find(holders.Query{NS: st.Ino, Threads: opts.threads})
	if err != nil {
		return nil, withHint(fmt.Errorf("look for processes in %q: %w", ns.label, err), processHint(err))
	}
	var abouts []*holders.About
	if about {
		if abouts, err = holders.AboutAll(found.Tasks); err != nil {
			return nil, err
		}
	}
	users := userNames{}
	items := make([]listedPID, 0, len(found.Tasks))
	for i, task := range found.Tasks {
		item := listedPID{PID: task.PID}
		if task.TID != task.PID {
			item.TID = task.TID
		}
		if about {
			a := abouts[i]
			if a == nil {
				continue // it is gone
			}
			item.Command, item.Args, item.UID, item.Start = a.Command, a.Args, a.UID, a.Start
			item.User = users.name(a.UID)
		}
		items = append(items, item)
	}
	if found.Hidden > 0 {
		c.warn(fmt.Errorf("%s could not be inspected, and may be in %q as well", count(found.Hidden, "process", "processes"), ns.label))
	}
	return items, nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// userNames remembers the names of users, for which a file has to be read each time.
type userNames map[int]string

func (u userNames) name(uid int) string {
	name, ok := u[uid]
	if !ok {
		if found, err := user.LookupId(strconv.Itoa(uid)); err == nil {
			name = found.Username
		}
		u[uid] = name
	}
	return name
}

// asIP is the line that "ip netns pids" has for a process; a thread is told by its own id.
func (l listedPID) asIP() string {
	if l.TID != 0 {
		return strconv.Itoa(l.TID)
	}
	return strconv.Itoa(l.PID)
}

func (l listedPID) tid() string {
	if l.TID == 0 {
		return ""
	}
	return strconv.Itoa(l.TID)
}

func (l listedPID) user() string {
	if l.User == "" {
		return strconv.Itoa(l.UID)
	}
	return l.User
}

func (l listedPID) commandLine() string {
	if len(l.Args) == 0 {
		return "[" + l.Command + "]"
	}
	return strings.Join(l.Args, " ")
}
