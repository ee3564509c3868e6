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
	names := []string{"help"} // cobra makes this one
	for _, m := range makers() {
		if m.name == word {
			return args, nil
		}
		names = append(names, m.name)
	}
	long, err := command(word, names)
	if err != nil {
		return nil, err
	}
	return append([]string{long}, args[1:]...), nil
}

// command returns which of the commands called names word means, and word itself if it means none.
func command(word string, names []string) (string, error) {
	if slices.Contains(names, word) {
		return word, nil
	}
	if known, ok := ipgrammar.Lookup(word); ok && slices.Contains(names, string(known)) {
		return string(known), nil
	}
	var means []string
	for _, name := range names {
		if strings.HasPrefix(name, word) {
			means = append(means, name)
		}
	}
	switch len(means) {
	case 0:
		return word, nil
	case 1:
		return means[0], nil
	}
	slices.Sort(means)
	return "", fmt.Errorf("command %q can mean %s", word, strings.Join(means, ", "))
}
