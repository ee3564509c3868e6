// Crashtest kills gons at the entry and at the exit of every system call that it makes after the start-up of Go, and lets every
// one of them fail with each errno that its man page has. After each of these the run directory has to be in the state
// before or after the command, or in one that the same command repairs when it is given again; nothing
// else may have changed, and no mount without a name and no process may be left.
//
// The system calls are found by tracing each command once. strace(1) does the tracing and the injecting. Every case runs
// in mount, network and PID namespaces of its own with an empty file system on /run.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

type options struct {
	gons    string
	short   bool
	only    string
	workers int
	verbose bool
}

func main() {
	var opts options
	flag.StringVar(&opts.gons, "gons", "", "the `binary` to test")
	flag.BoolVar(&opts.short, "short", false, "try a sample of the points")
	flag.StringVar(&opts.only, "only", "", "try only the commands whose `name` starts like this")
	flag.IntVar(&opts.workers, "workers", runtime.NumCPU()+1, "how many cases run at once")
	flag.BoolVar(&opts.verbose, "v", false, "show every error text that was seen")
	inside := flag.Bool("worker", false, "for internal use")
	flag.Parse()
	run := test
	if *inside {
		run = work
	}
	if err := run(opts); err != nil {
		fmt.Fprintln(os.Stderr, "crashtest:", err)
		os.Exit(1)
	}
}

// sampleEvery is which part of the cases the short form tries.
const sampleEvery = 20

func test(opts options) error {
	start := time.Now()
	workers, err := startWorkers(opts)
	if err != nil {
		return err
	}
	defer func() {
		for _, w := range workers {
			w.stop()
		}
	}()
	var total tally
	for _, s := range scenarios {
		if !strings.HasPrefix(s.name, opts.only) {
			continue
		}
		answer, err := workers[0].do(request{Scenario: s.name})
		if err != nil {
			return err
		}
		if answer.Problem != "" {
			return fmt.Errorf("%s: %s", s.name, answer.Problem)
		}
		cases := plan(answer.Points)
		if opts.short {
			cases = sample(cases, len(s.name))
		}
		t := try(workers, s.name, cases)
		if !opts.short {
			t.unreached(answer.Points)
		}
		fmt.Printf("%-12s %s\n", s.name, t.line())
		for _, p := range t.problems {
			fmt.Println("    " + p)
		}
		total.add(t)
	}
	if opts.verbose {
		for _, text := range slices.Sorted(maps.Keys(total.texts)) {
			fmt.Printf("%5d  %s\n", total.texts[text], text)
		}
	}
	fmt.Printf("%-12s %s in %.0f s\n", "all", total.line(), time.Since(start).Seconds())
	if len(total.problems) > 0 {
		return fmt.Errorf("%d problems", len(total.problems))
	}
	return nil
}

// sample takes an even share of the cases; offset makes it another one for each command.
func sample(cases []request, offset int) []request {
	var some []request
	for i := offset % sampleEvery; i < len(cases); i += sampleEvery {
		some = append(some, cases[i])
	}
	return some
}

// try hands the cases out to the workers.
func try(workers []*worker, scenario string, cases []request) *tally {
	t := &tally{}
	var mu sync.Mutex
	var group sync.WaitGroup
	queue := make(chan request)
	for _, w := range workers {
		group.Go(func() {
			for c := range queue {
				answer, err := w.do(c)
				if err != nil {
					answer.Problem = err.Error()
				}
				mu.Lock()
				t.count(c, answer)
				mu.Unlock()
			}
		})
	}
	for _, c := range cases {
		c.Scenario = scenario
		queue <- c
	}
	close(queue)
	group.Wait()
	return t
}
