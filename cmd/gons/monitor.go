package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"
	"unicode/utf8"

	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

type monitorOptions struct {
	initial, json bool
}

// A monitored is one event as JSON.
type monitored struct {
	Time    time.Time `json:"time"`
	Event   string    `json:"event"` // add or delete
	Initial bool      `json:"initial,omitempty"`
	Name    string    `json:"name"`
	RawName []byte    `json:"name_base64,omitempty"` // of a name that is not valid UTF-8, which JSON cannot hold
	NS      uint64    `json:"ns,omitempty"`          // absent if it was too short-lived to be looked at
	ID      *int      `json:"id,omitempty"`
	Link    string    `json:"link,omitempty"`
}

func newMonitor(c *cli) *cobra.Command {
	var opts monitorOptions
	cmd := &cobra.Command{
		Use:        "monitor",
		GroupID:    groupLooking,
		SuggestFor: []string{"watch", "follow"},
		Short:      "Tell when names of network namespaces come and go",
		Long: `Tell when names of network namespaces come and go: for scripts that act on it. It is a line each, at once: "add NAME" when the namespace can be used, "delete
NAME" when it cannot any more. The run directory need not exist yet.

Nothing is missed, however fast names come and go. Of one that has gone before it could be looked at, "add" and "delete" come
together, in JSON without "ns". An add that fails is not told, unless it fails while others are that fast: then it can look
like one of them (before Linux 6.15, or without CAP_SYS_ADMIN, while anything is mounted or unmounted). A name that is
given to another namespace, or that another symlink is renamed to, is deleted and added. A symlink to something outside the
run directory is looked at once a second.

It ends on SIGINT, SIGTERM, and when nobody reads its output any more, with status 0.`,
		Example: `  gons monitor --initial
  gons monitor --json | jq -r 'select(.event == "add") | .name'`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return c.monitor(opts) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.initial, "initial", false, "tell what is there first")
	flags.BoolVarP(&opts.json, "json", "j", false, "write JSON, one object a line")
	return cmd
}

func (c *cli) monitor(opts monitorOptions) error {
	// Without a reader, write is to fail with EPIPE instead of ending the process.
	signal.Ignore(unix.SIGPIPE)
	defer signal.Reset(unix.SIGPIPE)
	stopped, stop, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stopped.Close()
	signals := make(chan os.Signal, 1)
	notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		defer stop.Close()
		select {
		case <-signals:
		case <-ended:
		}
	}()
	until := []int{int(stopped.Fd())}
	if out, ok := c.stdout.(*os.File); ok {
		until = append(until, int(out.Fd()))
	}
	ids, err := nsid.Dial()
	if err != nil {
		c.warn(fmt.Errorf("read ids: %w", err))
	} else {
		defer ids.Close()
	}
	err = c.dir.Watch(until, func(e nsfile.Event) error {
		if e.Initial && !opts.initial {
			return nil
		}
		return c.tell(e, opts, ids)
	})
	if errors.Is(err, unix.EPIPE) {
		return nil
	}
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENOSPC) {
		err = withHint(err, `a limit of inotify is reached: see "sysctl fs.inotify user.max_inotify_instances user.max_inotify_watches"`)
	}
	return err
}

// tell writes one event.
func (c *cli) tell(e nsfile.Event, opts monitorOptions, ids *nsid.Conn) error {
	kind := "add"
	if e.Gone {
		kind = "delete"
	}
	if !opts.json {
		_, err := fmt.Fprintf(c.stdout, "%s %s\n", kind, output.Text(e.Entry.Name))
		return err
	}
	m := monitored{Time: e.Time, Event: kind, Initial: e.Initial, Name: e.Entry.Name, NS: e.Entry.Ino, Link: e.Entry.Link}
	if !utf8.ValidString(m.Name) {
		m.RawName = []byte(m.Name)
	}
	if ids != nil && !e.Gone && e.Entry.NS.IsOpen() {
		found, err := ids.IDs([]netns.NsHandle{e.Entry.NS})
		if err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		if found[0] != nsid.None {
			m.ID = &found[0]
		}
	}
	return output.JSON(c.stdout, m)
}
