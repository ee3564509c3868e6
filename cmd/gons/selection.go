package main

import (
	"fmt"
	"path"

	"github.com/spf13/cobra"
)

// A selection is the flags of commands that work on many names at once.
type selection struct {
	all   bool
	globs []string
}

func (s *selection) register(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&s.all, "all", "a", false, "all names there are")
	cmd.Flags().StringArrayVar(&s.globs, "match", nil, "the names that match the pattern `GLOB` (* ? [a-z]); can be repeated")
	completeFlag(cmd, "match", noFiles)
}

// many tells whether the flags were used.
func (s *selection) many() bool { return s.all || len(s.globs) > 0 }

// check finds wrong usage.
func (s *selection) check(cmd *cobra.Command) error {
	if s.all && len(s.globs) > 0 {
		return usage(cmd, "--all and --match exclude each other")
	}
	for _, glob := range s.globs {
		if _, err := path.Match(glob, ""); err != nil {
			return usage(cmd, fmt.Sprintf("--match %q is no valid pattern", glob))
		}
	}
	return nil
}

// has tells whether a name is one of those that the user meant.
func (s *selection) has(name string) bool {
	for _, glob := range s.globs {
		if ok, _ := path.Match(glob, name); ok { // checked before
			return true
		}
	}
	return s.all
}

// names returns the names that the user meant, in order.
func (c *cli) names(s *selection) ([]string, error) {
	all, err := c.dir.Names()
	var names []string
	for _, name := range all {
		if s.has(name) {
			names = append(names, name)
		}
	}
	return names, err
}
