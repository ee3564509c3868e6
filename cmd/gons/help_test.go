package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// wholeTree is every command with all that cobra adds.
func wholeTree() *cobra.Command {
	root := newRoot(&cli{stdout: io.Discard, stderr: io.Discard}, nil)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// walk calls visit for each command that a user is to see, but root.
func walk(parent *cobra.Command, visit func(*cobra.Command)) {
	for _, cmd := range parent.Commands() {
		if !cmd.Hidden {
			visit(cmd)
			walk(cmd, visit)
		}
	}
}

// The page that gons alone shows fits on a terminal of 24 lines and 80 columns, with the prompt below it.
func TestHelpFitsOnOneScreen(t *testing.T) {
	root := wholeTree()
	text := rootHelp(root)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 23 {
		t.Errorf("it has %d lines:\n%s", len(lines), text)
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 79 {
			t.Errorf("more than 79 columns: %q", line)
		}
	}
	walk(root, func(cmd *cobra.Command) {
		if cmd.Parent() == root && cmd.Name() != "help" && !strings.Contains(text, " "+cmd.Name()+"  ") {
			t.Errorf("%s is missing", cmd.Name())
		}
	})
}

// Every command says in one sentence what it does, when to use it, and has an example; every flag says what it does.
func TestHelpOfEveryCommand(t *testing.T) {
	walk(wholeTree(), func(cmd *cobra.Command) {
		name := cmd.CommandPath()
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || utf8.RuneCountInString(cmd.Short) > 52 {
			t.Errorf("%s: the sentence %q is none, has a full stop or does not fit into the overview", name, cmd.Short)
		}
		if !cmd.HasExample() {
			t.Errorf("%s: no example", name)
		}
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			if !strings.HasPrefix(line, "  ") || strings.TrimSpace(line) == "" {
				t.Errorf("%s: example %q is not indented by two blanks", name, line)
			}
		}
		cmd.InitDefaultHelpFlag()
		for line := range strings.Lines(commandHelp(cmd)) {
			isExample := strings.Contains(cmd.Example, strings.TrimSuffix(line, "\n"))
			if n := utf8.RuneCountInString(line); n > helpWidth+1 && !isExample {
				t.Errorf("%s: %d columns in the help: %s", name, n-1, line)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" || strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: explained by %q", name, f.Name, f.Usage)
			}
			if f.Value.Type() == "string" {
				if placeholder, _ := pflag.UnquoteUsage(f); placeholder == "string" {
					t.Errorf("%s --%s: nothing says what its value is", name, f.Name)
				}
			}
		})
	})
}

func TestWrap(t *testing.T) {
	text := "a word and another\nword\n\nList:\n  ONE  the first of\n  LONGER  x\n\nafter"
	want := "a word and\nanother word\n\nList:\n  ONE  the\n       first\n       of\n  LONGER  x\n\nafter\n"
	if got := wrap(text, 12); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
