package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gons/internal/container"
	"gons/internal/nsfile"
)

// skipped is the change of a container that gets no name.
const skipped = "skipped"

// attachAll names all running containers and prints what it did, with a summary on the standard error.
func (c *cli) attachAll(ctx context.Context, opts attachContainerOptions, out *listing[attached]) error {
	items, err := c.attachEvery(ctx, opts)
	counts := map[string]int{}
	for _, item := range items {
		counts[item.Change]++
	}
	var all failures
	if !errors.As(err, &all) && err != nil {
		return err
	}
	if err := out.write(c, items); err != nil {
		all = append(all, err)
	}
	fmt.Fprintf(c.stderr, "gons: %d attached, %d renewed, %d unchanged, %d skipped, %d failed\n",
		counts[nsfile.Made.String()], counts[nsfile.Renewed.String()], counts[nsfile.None.String()], counts[skipped], len(all))
	return all.err()
}

// attachEvery names all running containers that have a namespace of their own, and returns what became of each by name; it is
// never nil. With failures as the error it did all it could.
func (c *cli) attachEvery(ctx context.Context, opts attachContainerOptions) ([]attached, error) {
	items := []attached{}
	places, errs, err := opts.engine.FindAll(ctx)
	if err != nil {
		return items, err
	}
	defer func() {
		for _, p := range places {
			_ = p.NS.Close()
		}
	}()
	run, err := c.attachDir(opts)
	if err != nil {
		return items, err
	}
	defer run.Close()
	if opts.follow { // first: a new container can have the name of one that was removed
		var unsure []string
		for _, err := range errs {
			var e *container.Error
			if errors.As(err, &e) {
				unsure = append(unsure, e.Container)
			}
		}
		gone, err := c.removeEnded(run, opts.engine, places, unsure)
		items = append(items, gone...)
		errs = append(errs, err)
	}
	sortPlaces(places)
	var named []*container.Place
	for _, p := range places {
		item := attached{Name: p.Name, Container: p.Name, Change: skipped}
		i := slices.IndexFunc(named, func(o *container.Place) bool { return o.NS.Equal(p.NS) })
		switch {
		case p.Host && !opts.allowHost:
			item.Note = "uses the network of the host"
		case i >= 0:
			item.Note = fmt.Sprintf("shares the network of %q", named[i].Name)
		default:
			named = append(named, p)
			if item, err = attachPlace(run, p.Name, p, opts); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		items = append(items, item)
	}
	return items, all(errs)
}

// sortPlaces puts the containers that own a namespace before those that share it.
func sortPlaces(places []*container.Place) {
	slices.SortFunc(places, func(a, b *container.Place) int {
		aShares, bShares := a.SharedBy != "", b.SharedBy != ""
		if aShares != bShares {
			if aShares {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Name, b.Name)
	})
}
