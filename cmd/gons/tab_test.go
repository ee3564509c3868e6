package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whatever takes a value says what can be completed there, and be it nothing.
func TestEverythingHasACompletion(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	argument := regexp.MustCompile(`^\S+ .*[A-Z]`)
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		cmd.InitDefaultHelpFlag()
		if argument.MatchString(cmd.Use) && cmd.ValidArgsFunction == nil && !cmd.HasSubCommands() {
			t.Errorf("%q: nothing says what is offered for its arguments", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if _, ok := cmd.GetFlagCompletionFunc(flag.Name); !ok && flag.Value.Type() != "bool" {
				t.Errorf("%q: nothing says what is offered for --%s", cmd.CommandPath(), flag.Name)
			}
		})
	}
	root := newRoot(c, nil)
	walk(root)
	if len(root.Commands()) < len(makers()) {
		t.Error("not all commands were looked at")
	}
}

// What is offered for a flag is what the flag takes.
func TestOfferedValuesAreTaken(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard, dir: "/none"}
	for command, flags := range map[string][]string{
		"exec":   {"sys", "etc", "propagation", "cap"},
		"list":   {"output", "color"},
		"delete": {"kill", "wait"},
		"add":    {"id"},
	} {
		for _, name := range flags {
			cmd, _ := c.find([]string{command})
			complete, ok := cmd.GetFlagCompletionFunc(name)
			if !ok {
				t.Fatalf("%s --%s: no completion", command, name)
			}
			offers, _ := complete(cmd, nil, "")
			if len(offers) == 0 {
				t.Errorf("%s --%s: nothing is offered", command, name)
			}
			for _, offer := range offers {
				word, _, _ := cutLast(offer)
				fresh, _ := c.find([]string{command})
				if err := fresh.Flags().Set(name, word); err != nil {
					t.Errorf("%s --%s=%s: %v", command, name, word, err)
				}
			}
		}
	}
}

// The names of commands that the user can see are offered, and no others.
func TestCommandsAreOffered(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	var out strings.Builder
	c.stdout = &out
	root := newRoot(c, []string{"__tab"})
	root.SetArgs([]string{"__tab", "bash", "9", "", "gons "})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	for _, m := range makers() {
		if offered := strings.Contains(out.String(), "\n"+m.name+" "); offered != !strings.HasPrefix(m.name, "_") {
			t.Errorf("%s: offered: %v", m.name, offered)
		}
	}
}
