//go:build amd64

// Crashtest kills gons at the entry and at the exit of every system call that it makes after the start-up of Go, and lets every
// one of them fail with each errno that its man page has. After each of these every name has to be as before the command or as
// after it, or as the same command repairs it when it is given again; a command that failed has to have said what failed; nothing
// else may have changed, and no mount without a name, no file besides the names and no process may be left. A command that
// gons exec started has to have been in the right namespace, without a descriptor of gons.
//
// The system calls are found by tracing each command once, see tracer. A point that is not reached is a problem too, unless
// it is a call of the runtime of Go, which makes more or fewer of them each time. Every case runs
// in mount, network and PID namespaces of its own with an empty file system on /run.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
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
	list    bool
}

func main() {
	var opts options
	flag.StringVar(&opts.gons, "gons", "", "the `binary` to test")
	flag.BoolVar(&opts.short, "short", false, "try a sample of the points")
	flag.StringVar(&opts.only, "only", "", "try only the commands whose `name` starts like this")
	flag.IntVar(&opts.workers, "workers", runtime.NumCPU()+1, "how many cases run at once")
	flag.BoolVar(&opts.verbose, "v", false, "show every error text that was seen")
	flag.BoolVar(&opts.list, "list", false, "only list the points")
	inside := flag.Bool("worker", false, "for internal use")
	isProbe := flag.Bool("probe", false, "for internal use")
	flag.Parse()
	run := test
	switch {
	case *inside:
		run = work
	case *isProbe:
		run = func(options) error { return printProbe() }
	}
	if err := run(opts); err != nil {
		fmt.Fprintln(os.Stderr, "crashtest:", err)
		os.Exit(1)
	}
}

// sampleEvery is which part of the cases the short form tries.
const sampleEvery = 29

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
		cases, err := plan(answer.Points)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if opts.list {
			ofRuntime := 0
			for _, c := range cases {
				if c.Point.isOfRuntime() {
					ofRuntime++
				}
			}
			fmt.Printf("%s: %d points, %d cases, %d of them at calls of the runtime\n", s.name, len(answer.Points), len(cases), ofRuntime)
			for _, p := range answer.Points {
				fmt.Println("    " + p.String())
			}
			continue
		}
		if opts.short {
			cases = sample(cases, len(s.name))
		}
		t := try(workers, s.name, cases)
		fmt.Printf("%-12s %s\n", s.name, t.line())
		for _, p := range t.problems {
			fmt.Println("    " + p)
		}
		total.add(t)
	}
	if opts.verbose {
		for _, line := range total.said() {
			fmt.Println(line)
		}
	}
	total.judge()
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
