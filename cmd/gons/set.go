package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"gons/internal/nsfile"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/spf13/cobra"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func newSet(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "set TARGET {ID | auto}",
		GroupID: groupNamespaces,
		Short:   "Set the id that a network namespace has here",
		Long: `Set the nsid of a network namespace: the number by which the namespace that gons runs in knows it, as shown by "gons list"
and as link-netnsid by "ip link". It is for scripts that need a number that they know. With auto the kernel chooses one that is free.

An id stays for as long as both namespaces live. To set the one that is there already is no error.

TARGET is a name, pid:N for the namespace of a process, docker:CONTAINER, podman:CONTAINER, or the absolute path of a namespace.`,
		Example: `  gons set lab 7
  gons set lab auto
  gons set pid:4242 auto`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return usage(cmd, "no name given")
			case 1:
				return usage(cmd, "no id given")
			}
			return noArguments(cmd, args[2:])
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return c.completeNewID(prefix)
			}
			return c.completeTargets(cmd, args, prefix)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[1])
			if err != nil && args[1] != "auto" {
				return usage(cmd, fmt.Sprintf("%q is no id: %v, or auto", args[1], err))
			}
			return c.set(args[0], id)
		},
	}
}

func (c *cli) set(word string, id int) error {
	ns, err := c.open(word)
	if err != nil {
		return err
	}
	defer ns.Close()
	return c.setID(word, ns.NsHandle, id)
}

// setID sets the id of the namespace that the user calls label. The error is a [nsfile.Error] with the reasons of [nsid.Conn.Set].
func (c *cli) setID(label string, ns netns.NsHandle, id int) error {
	ids, err := nsid.Dial()
	if err == nil {
		defer ids.Close()
		err = ids.Set(ns, id)
	}
	if err == nil {
		return nil
	}
	return withHint(&nsfile.Error{Op: "set the id of", Name: label, Err: err}, c.idHint(err))
}

// idHint is the advice for an id that could not be set.
func (c *cli) idHint(err error) string {
	var taken *nsid.TakenError
	var call *os.SyscallError
	switch {
	case errors.As(err, &call) && call.Syscall == "RTM_NEWNSID" && errors.Is(err, unix.EPERM):
		const takes = "this takes CAP_NET_ADMIN over the network namespace that gons runs in"
		if os.Geteuid() != 0 {
			return takes + ": run it with sudo"
		}
		return takes
	case errors.As(err, &taken):
		ids, _ := c.readIDs(nsid.Here, taken.ID)
		if len(ids) == 1 && len(ids[0].Names) > 0 {
			return fmt.Sprintf("it is that of %s; auto takes one that is free", quoted(ids[0].Names))
		}
		return "auto takes one that is free"
	}
	return ""
}

func quoted(names []string) string {
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = `"` + output.Text(name) + `"`
	}
	return strings.Join(names, " and ")
}

// parseID reads an nsid: decimal, as large as the kernel allows, nothing else.
func parseID(word string) (int, error) {
	id, err := strconv.ParseUint(word, 10, 31)
	if err != nil || len(word) > 1 && word[0] == '0' {
		return nsid.Auto, errors.New("it has to be a decimal number from 0 to 2147483647")
	}
	return int(id), nil
}

// idFlag is the value of a flag that takes an nsid, or auto where that makes sense. It refuses to be given twice.
type idFlag struct {
	id    int
	given bool
	auto  bool
}

func (f *idFlag) Type() string {
	if f.auto {
		return "ID|auto"
	}
	return "ID"
}

func (f *idFlag) String() string { return "" }

func (f *idFlag) Set(word string) (err error) {
	if f.given {
		return errors.New("it is given twice")
	}
	f.given = true
	if f.id, err = parseID(word); err != nil && f.auto {
		if word == "auto" {
			return nil
		}
		return fmt.Errorf("%w, or auto", err)
	}
	return err
}
