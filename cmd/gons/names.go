package main

import (
	"fmt"
	"strings"

	"gons/internal/output"
)

// didYouMean is the hint for a name that does not exist: the one that is most like it, if any is.
func (c *cli) didYouMean(name string) string {
	names, _ := c.dir.Names()
	best, least := "", (len(name)+1)/3
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d <= least && n != name {
			best, least = n, d-1
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(names) == 0:
		return fmt.Sprintf("there are no names in %s yet", output.Text(string(c.dir)))
	}
	return `"gons list" shows the names there are`
}

// distance is the number of bytes to insert, remove or change, or of neighbours to swap, that makes b of a (Levenshtein, with the
// slip of fast fingers).
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
