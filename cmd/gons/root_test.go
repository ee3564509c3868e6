package main

import (
	"io"
	"testing"
)

// The command that is built alone must be the one that the whole tree has under that name.
func TestMakersHaveTheNameOfTheirCommand(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	whole := newRoot(c, nil)
	for _, m := range makers() {
		if name := m.make(c).Name(); name != m.name {
			t.Errorf("the maker called %q makes the command %q", m.name, name)
		}
		alone := newRoot(c, []string{m.name})
		got, _, err := alone.Find([]string{m.name})
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		want, _, err := whole.Find([]string{m.name})
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if got.UsageString() != want.UsageString() {
			t.Errorf("%s: built alone its usage is\n%s\nand in the whole tree\n%s", m.name, got.UsageString(), want.UsageString())
		}
	}
}
