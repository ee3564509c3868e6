package main

import (
	"fmt"
	"maps"
	"slices"
)

// A tally is what came of a number of cases.
type tally struct {
	kills, errors int             // cases in which the injection took place
	missed        int             // cases whose point was not reached: the scheduler did without that call
	survived      int             // cases with a good end
	killed        map[string]bool // the points of kills that took place
	texts         map[string]int  // what gons said
	problems      []string
}

func (t *tally) count(c request, a answer) {
	if t.killed == nil {
		t.killed, t.texts = map[string]bool{}, map[string]int{}
	}
	if a.Problem != "" {
		t.problems = append(t.problems, fmt.Sprintf("%s: %s", c, a.Problem))
	}
	switch {
	case !a.Hit:
		t.missed++
		return
	case c.How == killEntry || c.How == killExit:
		t.kills++
		t.killed[c.How+" "+a.Key] = true
	default:
		t.errors++
	}
	if a.Problem == "" {
		t.survived++
	}
	if a.Text != "" {
		t.texts[a.Text]++
	}
}

// unreached adds a problem for each system call of gons itself at which it was never killed.
func (t *tally) unreached(points []point) {
	want := map[string]bool{}
	for _, p := range points {
		if !runtimeCalls[p.Call] && !p.Hidden {
			want[killEntry+" "+p.Key] = true
			if hasExit(p.Call) {
				want[killExit+" "+p.Key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !t.killed[key] {
			t.problems = append(t.problems, "never reached: "+key)
		}
	}
}

func (t *tally) line() string {
	return fmt.Sprintf("%5d points tried (%d kills, %d errors), %5d survived; %d not reached",
		t.kills+t.errors, t.kills, t.errors, t.survived, t.missed)
}

func (t *tally) add(o *tally) {
	t.kills += o.kills
	t.errors += o.errors
	t.missed += o.missed
	t.survived += o.survived
	t.problems = append(t.problems, o.problems...)
	if t.texts == nil {
		t.texts = map[string]int{}
	}
	for text, n := range o.texts {
		t.texts[text] += n
	}
}
