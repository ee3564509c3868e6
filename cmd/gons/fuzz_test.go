package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Numbers are read strictly: what is taken is written in exactly that way.
func FuzzNumbers(f *testing.F) {
	for _, word := range []string{"", "0", "1", "01", "+1", "-1", "1 ", "0x10", "2147483647", "2147483648", "99999999999999999999", "１"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if pid, err := parsePID(word); err == nil && (pid < 1 || strconv.Itoa(pid) != word) {
			t.Errorf("parsePID(%q) = %d", word, pid)
		}
		if id, err := parseID(word); err == nil && (id < 0 || strconv.Itoa(id) != word) {
			t.Errorf("parseID(%q) = %d", word, id)
		}
	})
}

// A choice of columns is refused, or every column in it can be shown.
func FuzzColumns(f *testing.F) {
	for _, word := range []string{"", "A", "a,b", "+B", "+", ",", "A,,B", "A,A", "+A,+B", "Ａ"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		list := &listing[string]{usual: []string{"A"}}
		for _, name := range []string{"A", "B"} {
			list.columns = append(list.columns, column[string]{name: name, cell: strings.Clone})
		}
		err := columnsFlag[string]{list}.Set(word)
		if err != nil && list.chosen != nil {
			t.Errorf("%q is refused and chosen: %q", word, list.chosen)
		}
		if err == nil && (len(list.chosen) == 0 || slices.ContainsFunc(list.chosen, func(name string) bool { return list.column(name) == nil })) {
			t.Errorf("%q chooses %q", word, list.chosen)
		}
	})
}
