//go:build amd64

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A tally is what came of a number of cases.
type tally struct {
	kills, errors int            // cases in which the point was reached
	survived      int            // cases with a good end
	skipped       int            // cases at optional calls that were not made this time
	texts         map[string]int // what gons said
	problems      []string
}

// count adds a case. A call that is not reached is a problem unless it is optional.
func (t *tally) count(c request, a answer) {
	if !a.Hit && a.Problem == "" {
		if c.Point.isOptional() {
			t.skipped++
			return
		}
		a.Problem = "never reached"
	}
	if a.Problem != "" {
		t.problems = append(t.problems, fmt.Sprintf("%s: %s", c, strings.ReplaceAll(strings.TrimSpace(a.Problem), "\n", "; ")))
	} else {
		t.survived++
	}
	if c.isKill() {
		t.kills++
	} else {
		t.errors++
	}
	if a.Text != "" {
		if t.texts == nil {
			t.texts = map[string]int{}
		}
		t.texts[a.Text]++
	}
}

func (t *tally) line() string {
	line := fmt.Sprintf("%5d points tried (%d kills, %d errors), %5d survived", t.kills+t.errors, t.kills, t.errors, t.survived)
	if t.skipped > 0 {
		line += fmt.Sprintf("; %d more not reached, mostly of the runtime", t.skipped)
	}
	return line
}

func (t *tally) add(o *tally) {
	t.kills += o.kills
	t.errors += o.errors
	t.survived += o.survived
	t.skipped += o.skipped
	t.problems = append(t.problems, o.problems...)
	if t.texts == nil {
		t.texts = map[string]int{}
	}
	for text, n := range o.texts {
		t.texts[text] += n
	}
}

// judge adds a problem if so many optional calls were not made that something is wrong with the looking.
func (t *tally) judge() {
	if tried := t.kills + t.errors; t.skipped*10 > tried {
		t.problems = append(t.problems, fmt.Sprintf("%d points were not reached, of %d", t.skipped, tried+t.skipped))
	}
}

// said lists what gons said, with how often.
func (t *tally) said() (lines []string) {
	for _, text := range slices.Sorted(maps.Keys(t.texts)) {
		lines = append(lines, fmt.Sprintf("%5d  %s", t.texts[text], text))
	}
	return lines
}
