package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gons/internal/holders"
	"gons/internal/nsid"
	"gons/internal/output"

	"github.com/spf13/cobra"
)

// completeTargets offers what a target can be: the names, and the processes once the word starts with pid:.
func (c *cli) completeTargets(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if strings.HasPrefix(prefix, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	names, directive := c.completeNames(cmd, nil, prefix)
	if strings.HasPrefix(prefix, "pid:") {
		names = append(names, completePIDs("pid:", prefix)...)
	}
	return names, directive
}

// completePIDs offers the process ids that start with prefix, with the names of their commands. before comes before each.
func completePIDs(before, prefix string) []cobra.Completion {
	commands, _ := holders.Commands() // completion has nowhere to complain
	var offers []cobra.Completion
	for _, pid := range slices.Sorted(maps.Keys(commands)) {
		if word := before + strconv.Itoa(pid); strings.HasPrefix(word, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(word, output.Text(commands[pid])))
		}
	}
	return offers
}

// completeIDs offers the ids that are known here, with their names.
func (c *cli) completeIDs(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	ids, _ := c.readIDs(nsid.Here, nsid.None)
	for _, id := range ids {
		if word := fmt.Sprint(*id.ID); strings.HasPrefix(word, prefix) {
			offers = append(offers, cobra.CompletionWithDesc(word, output.Text(strings.Join(id.Names, ", "))))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
