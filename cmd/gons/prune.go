package main

import (
	"errors"
	"io/fs"

	"gons/internal/nsfile"
	"gons/internal/output"

	"github.com/spf13/cobra"
)

func newPrune(c *cli) *cobra.Command {
	out := &listing[listed]{
		columns: []column[listed]{
			{"NAME", "the name", func(l listed) string { return l.Name }},
			{"STATE", "stale or dangling", func(l listed) string { return l.State }},
			{"SOURCE", "whose it was: docker CONTAINER, podman CONTAINER, pid N", func(l listed) string { return l.Source }},
			{"LINK", "where the symlink pointed to", func(l listed) string { return l.Link }},
		},
		usual: []string{"NAME", "STATE", "SOURCE", "LINK"},
		plain: func(l listed) string { return output.Text(l.Name) },
	}
	var dryRun bool
	cmd := &cobra.Command{
		Use:        "prune",
		GroupID:    groupCare,
		SuggestFor: []string{"clean", "cleanup", "gc"},
		Short:      "Remove names that lead to no namespace any more",
		Long: `Remove names that lead to no namespace any more, and print them: to tidy up after containers, crashes and reboots. They are symlinks whose target is gone, such as those to
containers that have ended, and the plain files that a crash or a reboot leaves. Names of live namespaces are not touched, nor
are files that are not empty, that are younger than two seconds, or on which a namespace is mounted in another mount namespace.`,
		Example: `  gons prune --dry-run
  gons prune`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			items, err := c.prune(dryRun)
			return errors.Join(err, out.write(c, items))
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be removed")
	out.register(cmd)
	return cmd
}

// prune returns what it removed, or would remove. The result is never nil.
func (c *cli) prune(dryRun bool) ([]listed, error) {
	items := []listed{}
	if dryRun {
		dead, err := c.dir.Dead()
		for _, e := range dead {
			items = append(items, c.listed(e))
		}
		return items, err
	}
	run, err := c.dir.Lock(c.warn)
	if errors.Is(err, fs.ErrNotExist) {
		return items, nil
	}
	if err != nil {
		return items, err
	}
	defer run.Close()
	err = run.Prune(func(e nsfile.Entry) { items = append(items, c.listed(e)) })
	return items, err
}
