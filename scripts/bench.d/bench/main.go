// Bench measures gons beside ip, nsenter, lsns and ls. scripts/bench builds it and starts it where it can do no harm: in mount, network and
// PID namespaces of its own, with an empty /run.
//
// All contenders of a row are run once in each round, in an order that changes, so that a busy machine is busy for all. What
// counts is the ratio of their times within a round.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// options are the flags.
type options struct {
	work    string // directory with the programs that scripts/bench has built
	against string
	rows    string
	growth  string
	json    bool
	quick   bool
}

func main() {
	var opts options
	flag.StringVar(&opts.work, "work", "", "set by scripts/bench")
	flag.StringVar(&opts.against, "against", "", "compare with another build of gons, the `FILE`, too")
	flag.StringVar(&opts.rows, "rows", "", "measure only these `ROWS`, separated by commas; a name with * at its end means all that start so")
	flag.StringVar(&opts.growth, "growth", "", "measure how the times grow with the number of names instead, and write a plot to the `FILE` (SVG)")
	flag.BoolVar(&opts.json, "json", false, "write JSON")
	flag.BoolVar(&opts.quick, "quick", false, "a tenth of the rounds")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "Usage: scripts/bench [flags]\n\nRows:\n")
		for _, r := range rows(&world{}) {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-14s %s, beside %s\n", r.key, r.work, r.peer)
		}
		fmt.Fprint(flag.CommandLine.Output(), "  limits         memory and size of the file\n\nFlags:\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(opts); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(opts options) error {
	w, err := newWorld(opts)
	if err != nil {
		return err
	}
	if opts.growth != "" {
		return grow(w, opts)
	}
	rep := report{Machine: thisMachine()}
	for _, r := range rows(w) {
		if !opts.wants(r.key) {
			continue
		}
		res, err := r.measure(w, opts)
		if err != nil {
			return fmt.Errorf("row %s: %w", r.key, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %.2f\n", r.key, res.Ratio)
		rep.Rows = append(rep.Rows, res)
	}
	if opts.wants("limits") {
		if rep.Limits, err = limits(w); err != nil {
			return fmt.Errorf("row limits: %w", err)
		}
	}
	rep.Machine.LoadAfter = load()
	if opts.json {
		err = rep.writeJSON(os.Stdout)
	} else {
		err = rep.writeTable(os.Stdout)
	}
	if err == nil && slices.ContainsFunc(rep.Limits, limit.exceeded) {
		err = fmt.Errorf("a limit is exceeded")
	}
	return err
}

// wants tells whether the row was asked for.
func (o options) wants(key string) bool {
	if o.rows == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(o.rows, ","), func(pattern string) bool {
		ok, _ := filepath.Match(pattern, key)
		return ok
	})
}
