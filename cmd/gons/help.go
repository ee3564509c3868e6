package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the width of help. Lines that are longer are hard to read also where there is room for them.
const helpWidth = 80

// newHelp makes the command help, which cobra would answer with status 0 when there is no such command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain gons or one of its commands",
		Long:  `Explain gons or one of its commands, as --help does: to read before using it.`,
		Example: `  gons help
  gons help exec`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var offers []cobra.Completion
			for _, sub := range shownCommands(cmd.Root()) {
				if len(args) == 0 && strings.HasPrefix(sub.Name(), prefix) {
					offers = append(offers, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return offers, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(about, rest)
			}
			return about.Help()
		},
	}
}

// writeHelp answers --help.
func writeHelp(cmd *cobra.Command, _ []string) {
	text := commandHelp(cmd)
	if !cmd.HasParent() {
		text = rootHelp(cmd)
	}
	_, _ = io.WriteString(cmd.OutOrStdout(), text) // cobra has no way to report it
}

// rootHelp is what gons alone shows: what there is to do, on one screen.
func rootHelp(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(wrap(root.Long, helpWidth) + "\n")
	groups := root.Groups()
	left, name := 0, 0
	for _, group := range groups {
		left = max(left, len(group.Title))
	}
	commands := shownCommands(root)
	for _, cmd := range commands {
		name = max(name, len(cmd.Name()))
	}
	for i, group := range groups {
		title := group.Title
		for _, cmd := range commands {
			isLast := i == len(groups)-1
			if cmd.GroupID == group.ID || isLast && cmd.GroupID == "" {
				fmt.Fprintf(&b, "%-*s  %-*s  %s\n", left, title, name, cmd.Name(), cmd.Short)
				title = ""
			}
		}
	}
	b.WriteString("\nFor example: " + strings.Join(strings.Split(unindent(root.Example), "\n"), "; ") + "\n")
	b.WriteString("\"gons COMMAND --help\" tells more about a command.\n")
	return b.String()
}

// shownCommands are the commands of parent that a user is to see, in the order of [makers].
func shownCommands(parent *cobra.Command) []*cobra.Command {
	order := map[string]int{}
	for i, m := range makers() {
		order[m.name] = i - len(makers())
	}
	commands := slices.DeleteFunc(slices.Clone(parent.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() || c.Name() == "help"
	})
	slices.SortStableFunc(commands, func(a, b *cobra.Command) int { return cmp.Compare(order[a.Name()], order[b.Name()]) })
	return commands
}

// commandHelp is the help of one command.
func commandHelp(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString(wrap(about(cmd), helpWidth) + "\n")
	b.WriteString(usageText(cmd))
	return b.String()
}

// about is the description of a command.
func about(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short + "."
}

// usageText is the help of one command without the description.
func usageText(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
	if len(cmd.Aliases) > 0 {
		fmt.Fprintf(&b, "\nOther names:\n  %s\n", strings.Join(cmd.Aliases, ", "))
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if subs := shownCommands(cmd); len(subs) > 0 {
		b.WriteString("\nCommands:\n")
		for _, sub := range subs {
			fmt.Fprintf(&b, "  %-12s  %s\n", sub.Name(), sub.Short)
		}
	}
	if cmd.HasAvailableLocalFlags() {
		if help := cmd.Flags().Lookup("help"); help != nil {
			help.Usage = "show this help"
		}
		fmt.Fprintf(&b, "\nFlags:\n%s", cmd.LocalFlags().FlagUsagesWrapped(helpWidth))
	}
	return b.String()
}

func unindent(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")
}

// wrap breaks the lines of a description so that they are at most width bytes long. Paragraphs are filled; a line that is indented is an
// item of its own, and goes on below its explanation, which comes after two blanks or more.
func wrap(text string, width int) string {
	var b strings.Builder
	for _, p := range paragraphs(text) {
		indent := ""
		if p.term != "" {
			indent = strings.Repeat(" ", len(p.term))
		}
		line := p.term
		empty := true
		for _, word := range strings.Fields(p.text) {
			if !empty && len(line)+1+len(word) > width {
				b.WriteString(line + "\n")
				line, empty = indent, true
			}
			if !empty {
				line += " "
			}
			line += word
			empty = false
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// A paragraph is a part of a description: filled text, an item of a list if it has a term, or an empty line.
type paragraph struct{ term, text string }

// paragraphs takes a description apart.
func paragraphs(text string) []paragraph {
	var all []paragraph
	filling := false
	for line := range strings.SplitSeq(text, "\n") {
		if rest := strings.TrimLeft(line, " "); rest != line {
			name, _, _ := strings.Cut(rest, "  ")
			explained := strings.TrimLeft(rest[len(name):], " ")
			all = append(all, paragraph{line[:len(line)-len(explained)], explained})
			filling = false
			continue
		}
		if filling && line != "" {
			all[len(all)-1].text += " " + line
			continue
		}
		all = append(all, paragraph{"", line})
		filling = line != ""
	}
	return all
}
