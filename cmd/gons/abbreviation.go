package main

import (
	"fmt"
	"slices"
	"strings"

	"gons/internal/ipgrammar"

	"github.com/spf13/cobra"
)

// expand returns the command line with the first word written out if it is the beginning of a command. What ip(8) takes for one of its
// commands is that one here, too; of the other commands the word has to tell which one it means.
//
// The error names the commands that the word can mean. A word that means none is left as it is.
func expand(args []string) ([]string, error) {
	if len(args) == 0 || args[0] == "" || args[0][0] == '-' {
		return args, nil
	}
	word := args[0]
	if word == cobra.ShellCompRequestCmd || word == cobra.ShellCompNoDescRequestCmd {
		if len(args) > 2 { // what is completed comes after the command
			if line, err := expand(args[1:]); err == nil {
				return append([]string{word}, line...), nil
			}
		}
		return args, nil
	}
	names := []string{"completion", "help"} // cobra makes these two
	for _, m := range makers() {
		if m.name == word {
			return args, nil
		}
		names = append(names, m.name)
	}
	if command, ok := ipgrammar.Lookup(word); ok && slices.Contains(names, string(command)) {
		return append([]string{string(command)}, args[1:]...), nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, word) })
	slices.Sort(names)
	switch len(names) {
	case 0:
		return args, nil
	case 1:
		return append(names, args[1:]...), nil
	}
	return nil, fmt.Errorf("command %q can mean %s", word, strings.Join(names, ", "))
}
