// Summary reads the events of "go test -json" and shows what a person wants to see of them: the output of tests that
// failed, the reason of each skip, a line for each package, and the totals. Its exit status is 1 if anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// An event is one line of "go test -json" (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // in place of Package where building failed
	Test       string
	Output     string
}

type testKey struct{ pkg, test string }

// A summary is what has been seen so far.
type summary struct {
	output  map[testKey][]string // of tests that have not ended; the key without a test is the package itself
	parents map[testKey]bool     // tests that have subtests: not counted themselves
	results map[string]int       // how many tests ended with "pass", "fail" and "skip"
	broken  bool                 // a package failed, with or without a failing test: it may not build, or leak
}

func main() {
	s := summary{output: map[testKey][]string{}, parents: map[testKey]bool{}, results: map[string]int{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // a message of the go command
			continue
		}
		s.add(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(1)
	}
	failed := s.results["fail"] + s.unended()
	fmt.Printf("%d passed, %d failed, %d skipped\n", s.results["pass"], failed, s.results["skip"])
	if failed > 0 || s.broken {
		os.Exit(1)
	}
}

func (s *summary) add(e event) {
	key := testKey{e.Package, e.Test}
	switch e.Action {
	case "run":
		if i := strings.LastIndex(e.Test, "/"); i > 0 {
			s.parents[testKey{e.Package, e.Test[:i]}] = true
		}
	case "output", "build-output":
		if e.Action == "build-output" {
			key.pkg, _, _ = strings.Cut(e.ImportPath, " ")
		}
		s.output[key] = append(s.output[key], e.Output)
	case "pass", "skip", "fail":
		s.end(key, e.Action)
	}
}

// end shows what matters of a test or, without a test name, of a package that has ended.
func (s *summary) end(key testKey, result string) {
	output := s.output[key]
	delete(s.output, key)
	if key.test != "" {
		if s.parents[key] {
			return
		}
		s.results[result]++
		for _, line := range output {
			if result != "pass" && !strings.HasPrefix(line, "=== ") {
				fmt.Print(line)
			}
		}
		return
	}
	if result == "fail" {
		s.broken = true
	}
	for _, line := range output {
		if line != "PASS\n" && !strings.Contains(line, "[no test files]") {
			fmt.Print(line)
		}
	}
}

// unended counts the tests that took their package down with them, and shows what they said.
func (s *summary) unended() (n int) {
	for key, output := range s.output {
		if key.test != "" {
			fmt.Print(strings.Join(output, ""))
			n++
		}
	}
	return n
}
