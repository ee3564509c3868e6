package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"gons/internal/container"
	"gons/internal/exec"
	"gons/internal/output"

	"github.com/moby/sys/user"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// engineTime is how long an engine may take to answer somebody who waits at a prompt.
const engineTime = 500 * time.Millisecond

// completeContainers offers the running containers of an engine that are not on the line yet; before comes before each. Ids are
// offered to those who have started to type one.
func completeContainers(engine container.Engine, args []string, before, prefix string) []cobra.Completion {
	ctx, cancel := context.WithTimeout(context.Background(), engineTime)
	defer cancel()
	running, _ := engine.Running(ctx) // completion has nowhere to complain
	var offers []cobra.Completion
	for _, r := range running {
		if slices.Contains(args, r.Name) || slices.Contains(args, r.ID) {
			continue
		}
		if word := before + r.Name; strings.HasPrefix(word, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(word, output.Text(r.Image)+", "+output.Text(r.ID)))
		} else if word := before + r.ID; prefix != before && strings.HasPrefix(word, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(word, output.Text(r.Name)+", "+output.Text(r.Image)))
		}
	}
	return offers
}

// choices offers the words of a flag that is a [choice].
func choices(cmd *cobra.Command, flag string) {
	completeFlag(cmd, flag, oneOf(strings.Split(cmd.Flags().Lookup(flag).Value.Type(), "|")...))
}

// listOf makes a completion of a value that is made of several words, with commas in between.
func listOf(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := prefix[:strings.LastIndexByte(prefix, ',')+1]
		there := strings.Split(before, ",")
		var offers []cobra.Completion
		found, directive := complete(cmd, args, prefix[len(before):])
		for _, offer := range found {
			if word, _, _ := cutLast(offer); !slices.Contains(there, word) {
				offers = append(offers, before+offer)
			}
		}
		return offers, directive
	}
}

// completeUser offers the users of /etc/passwd, and groups after a colon.
func completeUser(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if name, group, ok := strings.Cut(prefix, ":"); ok {
		offers, directive := completeGroup(cmd, args, group)
		for i := range offers {
			offers[i] = name + ":" + offers[i]
		}
		return offers, directive
	}
	var offers []cobra.Completion
	users, _ := user.ParsePasswdFile("/etc/passwd")
	for _, u := range users {
		if strings.HasPrefix(u.Name, prefix) {
			name, _, _ := strings.Cut(u.Gecos, ",")
			offers = append(offers, cobra.CompletionWithDesc(u.Name, output.Text(strings.TrimSpace(fmt.Sprint(u.Uid, " ", name)))))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// completeGroup offers the groups of /etc/group.
func completeGroup(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	groups, _ := user.ParseGroupFile("/etc/group")
	for _, g := range groups {
		if strings.HasPrefix(g.Name, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(g.Name, fmt.Sprint(g.Gid)))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// completeCapability offers the capabilities that there are.
func completeCapability(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return oneOf(exec.CapabilityNames()...)(cmd, args, prefix)
}

// completeVariable offers the variables of the environment, with the equals sign.
func completeVariable(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	for _, kv := range os.Environ() {
		if key, _, _ := strings.Cut(kv, "="); strings.HasPrefix(key+"=", prefix) && key+"=" != prefix {
			offers = append(offers, key+"=")
		}
	}
	slices.Sort(offers)
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeSignal offers signals in the way the user has started to write them.
func completeSignal(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	for n := unix.Signal(1); n < 32; n++ {
		name := unix.SignalName(n)
		if !strings.HasPrefix(prefix, "SI") {
			name = strings.TrimPrefix(name, "SIG")
		}
		if name != "" && strings.HasPrefix(name, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(name, fmt.Sprint(int(n))))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// noFiles offers nothing, not even files: it is for the user to know.
func noFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// directories offers directories.
func directories(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
