package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// sizes are the numbers of names with which the growth is measured.
var sizes = []int{1, 100, 1000, 5000}

// A work is something that gons and a peer do, and that may take longer where there are more names.
type work struct {
	title       string
	rounds      int
	peerIs      string
	gons, other func(i int) (sample, error)
}

// works returns what is measured with n names.
func works(w *world, n int) []work {
	mid := name(n / 2)
	added := func(i int) string { return fmt.Sprintf("new%d", i) }
	run := func(argv func(i int) []string) func(int) (sample, error) {
		return func(i int) (sample, error) {
			s, _, err := once(argv(i), false)
			return s, err
		}
	}
	named := func(argv ...string) func(int) []string {
		return func(i int) []string { return append(argv, added(i)) }
	}
	// Of a name that is there for this alone.
	after := func(run func(int) (sample, error)) func(int) (sample, error) {
		return func(i int) (sample, error) {
			if err := w.call(filepath.Join(w.dir, "floor-add"), added(i)); err != nil {
				return sample{}, err
			}
			return run(i)
		}
	}
	before := func(run func(int) (sample, error)) func(int) (sample, error) {
		return func(i int) (sample, error) {
			s, err := run(i)
			if err == nil {
				err = w.call("ip", "netns", "delete", added(i))
			}
			return s, err
		}
	}
	return []work{
		{"exec NAME true", 40, "ip", run(always(w.gons, "exec", mid, "true")), run(always("ip", "netns", "exec", mid, "true"))},
		{"add", 20, "ip", before(run(named(w.gons, "add"))), before(run(named("ip", "netns", "add")))},
		{"delete", 20, "ip", after(run(named(w.gons, "delete"))), after(run(named("ip", "netns", "delete")))},
		{"list", 20, "ip", run(always(w.gons, "list")), run(always("ip", "netns", "list"))},
		{
			"monitor: from add to its line", 10, "ip",
			before(w.monitored(added, w.gons, "monitor")), before(w.monitored(added, "stdbuf", "-oL", "ip", "netns", "monitor")),
		},
		{"completion of a name", 20, "ls", run(always(tab(w)...)), run(always("ls", runDir))},
	}
}

// monitored measures the time from the start of a program that adds a name to the line that a monitor prints for it.
func (w *world) monitored(added func(int) string, argv ...string) func(int) (sample, error) {
	return func(i int) (s sample, err error) {
		cmd := exec.Command(argv[0], argv[1:]...)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return s, err
		}
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		time.Sleep(200*time.Millisecond + time.Duration(w.names)*20*time.Microsecond) // until it has begun
		start := time.Now()
		if err := w.call(filepath.Join(w.dir, "floor-add"), added(i)); err != nil {
			return s, err
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasSuffix(lines.Text(), " "+added(i)) {
				return sample{wall: ms(time.Since(start))}, nil
			}
		}
		return s, fmt.Errorf("%q ended without a line for %q", argv, added(i))
	}
}

// A curve is the medians of one work, one for each of sizes.
type curve struct {
	title, peer string
	gons, other []float64
}

// grow measures all works with each number of names and writes the plot and a table.
func grow(w *world, opts options) error {
	var curves []curve
	for _, n := range sizes {
		if err := w.resize(n); err != nil {
			return err
		}
		for k, work := range works(w, n) {
			fmt.Fprintf(os.Stderr, "%s, %d...\n", work.title, n)
			if len(curves) == k {
				curves = append(curves, curve{title: work.title, peer: work.peerIs})
			}
			rounds := work.rounds
			if opts.quick {
				rounds = max(3, rounds/10)
			}
			var gons, other contender
			for i := range rounds {
				for _, c := range []struct {
					of *contender
					do func(int) (sample, error)
				}{{&gons, work.gons}, {&other, work.other}} {
					s, err := c.do(i)
					if err != nil {
						return fmt.Errorf("%s with %d names: %w", work.title, n, err)
					}
					c.of.samples = append(c.of.samples, s)
				}
			}
			curves[k].gons = append(curves[k].gons, quantile(gons.wall(), 0.5))
			curves[k].other = append(curves[k].other, quantile(other.wall(), 0.5))
		}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(out, "MS\tPROGRAM")
	for _, n := range sizes {
		fmt.Fprintf(out, "\t%d", n)
	}
	for _, c := range curves {
		fmt.Fprintf(out, "\n%s\tgons\t%s", c.title, numbers(c.gons))
		fmt.Fprintf(out, "\n\t%s\t%s", c.peer, numbers(c.other))
	}
	fmt.Fprintln(out)
	if err := out.Flush(); err != nil {
		return err
	}
	return os.WriteFile(opts.growth, []byte(plot(curves)), 0o644)
}

func numbers(all []float64) string {
	texts := make([]string, len(all))
	for i, x := range all {
		texts[i] = fmt.Sprintf("%.2f", x)
	}
	return strings.Join(texts, "\t")
}
