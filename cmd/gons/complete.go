package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gons/internal/container"
	"gons/internal/nsid"
	"gons/internal/output"
	"gons/internal/process"

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
	offers, directive := c.completeNames(cmd, nil, prefix)
	kind, _, complete := strings.Cut(prefix, ":")
	switch {
	case !complete:
	case kind == "pid":
		return append(offers, completePIDs("pid:", prefix)...), directive
	case kind == "docker", kind == "podman":
		return append(offers, completeContainers(container.Engine(kind), nil, kind+":", prefix)...), directive
	}
	// The other forms are not in the way of somebody who has nothing but names and has not typed anything yet.
	if c.tab != nil && (c.tab.Word != "" || len(offers) == 0) {
		for _, kind := range [][2]string{
			{"pid:", "the namespace of a process"}, {"docker:", "that of a container"}, {"podman:", "that of a container"},
		} {
			if strings.HasPrefix(kind[0], prefix) {
				offers = append(offers, kind[0]+more+"\t"+kind[1])
			}
		}
	}
	return offers, directive
}

// completeCommand says that a command line of its own starts after so many arguments.
func (c *cli) completeCommand(after int) ([]cobra.Completion, cobra.ShellCompDirective) {
	if c.tab == nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return []cobra.Completion{strconv.Itoa(after)}, commandLine
}

// completeFlag sets what is offered for the value of a flag.
func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // only for a flag that does not exist, or twice
	}
}

// oneOf offers some words.
func oneOf(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return slices.DeleteFunc(slices.Clone(words), func(word string) bool {
			return !strings.HasPrefix(word, prefix)
		}), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeColumns offers the columns that the value of --output does not have yet.
func (l *listing[T]) completeColumns(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := prefix[:strings.LastIndexAny(prefix, ",+")+1]
	there := strings.Split(strings.ToUpper(strings.TrimPrefix(before, "+")), ",")
	if strings.HasPrefix(prefix, "+") {
		there = append(there, l.usual...)
	}
	start := prefix[len(before):]
	spell := func(name string) string { return name }
	if start != "" && start == strings.ToLower(start) {
		spell = strings.ToLower
	}
	var offers []cobra.Completion
	for _, col := range l.columns {
		if name := spell(col.name); strings.HasPrefix(name, start) && !slices.Contains(there, col.name) {
			offers = append(offers, cobra.CompletionWithDesc(before+name, col.about))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completePIDs offers the process ids that start with prefix, with the names of their commands. before comes before each.
func completePIDs(before, prefix string) []cobra.Completion {
	commands, _ := process.Commands() // completion has nowhere to complain
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

// completeNewID offers ids that a namespace can get: auto, and the lowest that no other one has.
func (c *cli) completeNewID(prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	free := 0
	ids, _ := c.readIDs(nsid.Here, nsid.None) // in ascending order
	for _, id := range ids {
		if id.ID != nil && *id.ID == free {
			free++
		}
	}
	return oneOf("auto\tone that is free", fmt.Sprintf("%d\tthe lowest that is free", free))(nil, nil, prefix)
}
