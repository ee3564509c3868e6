package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"gons/internal/completion"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandLine is the directive of an argument where a command line of its own starts. The only "completion" that comes with it is the
// number of arguments before that.
const commandLine cobra.ShellCompDirective = 1 << 16

// more at the end of a "completion" says that the word goes on: no blank after it. No name can have it.
const more = "\x00"

// newTab returns the command that the completion scripts run when the user presses Tab. It never complains: there is no place for it.
func newTab(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:                "__tab SHELL ARG...",
		Short:              "Answer the completion script of a shell",
		Hidden:             true,
		DisableFlagParsing: true,
		ValidArgsFunction:  cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			request := completion.Read(args[0], args[1:])
			if request == nil || len(request.Words) == 0 {
				return nil
			}
			c.tab = request
			return request.Write(c.stdout, c.answer(request))
		},
	}
}

// answer finds out what can stand at the place of the cursor.
func (c *cli) answer(r *completion.Request) completion.Answer {
	words, word := r.Words[1:], r.Word
	if r.Choosy && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == "" {
		word = "" // there is nothing in it that decides what kind of word it is
	}
	line := c.parse(words)
	switch {
	case line.pending != nil:
		return line.value(line.pending, "", word)
	case line.bad:
		return completion.Answer{}
	case line.flagsOver || !strings.HasPrefix(word, "-"):
		return line.argument(len(r.Words), word)
	}
	if name, value, ok := strings.Cut(strings.TrimPrefix(word, "--"), "="); ok && strings.HasPrefix(word, "--") {
		return line.value(line.cmd.Flags().Lookup(name), "--"+name+"=", value)
	}
	if word[1:] != "" && word[1] != '-' { // -oNAME
		if flag := line.cmd.Flags().ShorthandLookup(word[1:2]); flag != nil && flag.NoOptDefVal == "" && len(word) > 2 {
			return line.value(flag, word[:2], word[2:])
		}
	}
	return line.flagNames(word)
}

// A parsedLine is what the words before the cursor mean.
type parsedLine struct {
	cmd       *cobra.Command
	args      []string    // its arguments so far
	pending   *pflag.Flag // the last word is a flag that takes a value
	bad       bool        // there is an error
	flagsOver bool        // a word with a dash is no flag any more
}

// parse reads the words after gons. Whoever has to be told apart by it builds the command anew: flags keep what was read.
func (c *cli) parse(words []string) parsedLine {
	cmd, rest := c.find(words)
	line := parsedLine{cmd: cmd}
	if err := cmd.ParseFlags(rest); err != nil {
		var missing *pflag.ValueRequiredError
		if line.bad = true; errors.As(err, &missing) {
			line.pending = missing.GetFlag()
		}
		return line
	}
	line.args = cmd.Flags().Args()
	line.bad = cmd.HasParent() && cmd.Flags().Changed("help") || !cmd.HasParent() && len(rest) > 0
	// Where flags are over, the word that ends them is an argument.
	again, rest := c.find(words)
	if err := again.ParseFlags(append(slices.Clone(rest), "--")); err != nil {
		line.bad = true
	}
	line.flagsOver = len(again.Flags().Args()) > len(line.args) || cmd.Flags().ArgsLenAtDash() >= 0
	return line
}

// find returns the command that the words name, ready to parse flags, and the words after that.
func (c *cli) find(words []string) (*cobra.Command, []string) {
	if long, err := expand(words); err == nil {
		words = long
	}
	cmd := newRoot(c, words)
	if len(words) == 0 || !slices.ContainsFunc(makers(), func(m maker) bool { return m.name == words[0] }) {
		cmd.InitDefaultHelpCmd()
	}
	for len(words) > 0 {
		i := slices.IndexFunc(cmd.Commands(), func(sub *cobra.Command) bool {
			return !sub.Hidden && (sub.Name() == words[0] || sub.HasAlias(words[0]))
		})
		if i < 0 {
			break
		}
		cmd, words = cmd.Commands()[i], words[1:]
	}
	cmd.InitDefaultHelpFlag()
	return cmd, words
}

// argument answers for an argument; the line has so many complete words.
func (l parsedLine) argument(words int, word string) completion.Answer {
	if l.cmd.HasSubCommands() && len(l.args) == 0 {
		var offers []completion.Offer
		for _, sub := range l.cmd.Commands() {
			if !sub.Hidden && strings.HasPrefix(sub.Name(), word) {
				offers = append(offers, completion.Offer{Word: sub.Name(), About: sub.Short})
			}
		}
		return completion.Answer{Offers: offers}
	}
	if l.cmd.ValidArgsFunction == nil {
		return completion.Answer{}
	}
	offers, directive := l.cmd.ValidArgsFunction(l.cmd, l.args, word)
	if directive == commandLine {
		before, _ := strconv.Atoi(offers[0])
		return completion.Answer{Kind: completion.Command, From: words - len(l.args) + before}
	}
	a := toAnswer(offers, directive, "")
	if l.flagsOver {
		return a
	}
	// What starts with a dash is an argument only behind "--".
	dashed := func(o completion.Offer) bool { return strings.HasPrefix(o.Word, "-") }
	if i := slices.IndexFunc(a.Offers, dashed); i >= 0 {
		about := "before " + a.Offers[i].Word
		a.Offers = append(slices.DeleteFunc(a.Offers, dashed), completion.Offer{Word: "--", About: about})
	}
	return a
}

// value answers for the value of a flag; before is what precedes it in the same word.
func (l parsedLine) value(flag *pflag.Flag, before, word string) completion.Answer {
	if flag == nil {
		return completion.Answer{}
	}
	complete, ok := l.cmd.GetFlagCompletionFunc(flag.Name)
	if !ok {
		return completion.Answer{}
	}
	offers, directive := complete(l.cmd, l.args, word)
	return toAnswer(offers, directive, before)
}

// flagNames answers for a word that starts with a dash.
func (l parsedLine) flagNames(word string) completion.Answer {
	var a completion.Answer
	l.cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		_, many := flag.Value.(pflag.SliceValue)
		if flag.Hidden || flag.Changed && !many {
			return
		}
		_, about := pflag.UnquoteUsage(flag)
		if flag.Name == "help" {
			about = "show the help"
		}
		if long := "--" + flag.Name; strings.HasPrefix(long, word) {
			a.Offers = append(a.Offers, completion.Offer{Word: long, About: about})
		} else if word == "-"+flag.Shorthand {
			a.Offers = append(a.Offers, completion.Offer{Word: word, About: about})
		}
	})
	return a
}

// toAnswer takes what a completion function of cobra returns. A tab separates the word from what it is: the last one, as a name can have
// tabs, too.
func toAnswer(offers []cobra.Completion, directive cobra.ShellCompDirective, before string) completion.Answer {
	a := completion.Answer{}
	switch {
	case directive&cobra.ShellCompDirectiveFilterDirs != 0:
		a.Kind = completion.Dirs
		return a
	case len(offers) == 0 && directive&cobra.ShellCompDirectiveNoFileComp == 0:
		a.Kind = completion.Files
		return a
	}
	for _, text := range offers {
		var o completion.Offer
		o.Word, o.About, _ = cutLast(text)
		o.Word, o.Open = strings.CutSuffix(o.Word, more)
		o.Open = o.Open || directive&cobra.ShellCompDirectiveNoSpace != 0
		o.Word = before + o.Word
		a.Offers = append(a.Offers, o)
	}
	return a
}
