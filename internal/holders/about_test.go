package holders

import (
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	boot := time.Unix(1000, 0)
	tail := " S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 250 5 6"
	for _, test := range []struct{ stat, command string }{
		{"7 (sleep)" + tail, "sleep"},
		{"7 (a) b) S 9 (c)" + tail, "a) b) S 9 (c"},
		{"7 ()" + tail, ""},
		{"7 (new\nline)" + tail, "new\nline"},
	} {
		command, start, err := parseStat([]byte(test.stat), boot)
		if err != nil || command != test.command || !start.Equal(time.Unix(1002, 500e6)) {
			t.Errorf("parseStat(%q) = %q, %v, %v", test.stat, command, start, err)
		}
	}
	for _, stat := range []string{"", "7", "7 sleep", ")(", "7 (x", "7 (x) S 1", "7 (x)" + strings.Replace(tail, "250", "x", 1)} {
		if _, _, err := parseStat([]byte(stat), boot); err == nil {
			t.Errorf("parseStat(%q) is accepted", stat)
		}
	}
}

func TestParseUID(t *testing.T) {
	if uid, err := parseUID([]byte("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\n")); uid != 2 || err != nil {
		t.Errorf("parseUID = %d, %v", uid, err)
	}
	for _, status := range []string{"", "Name:\tUid:\n", "Uid:\t1\n", "Uid:\t1\tx\n"} {
		if _, err := parseUID([]byte(status)); err == nil {
			t.Errorf("parseUID(%q) is accepted", status)
		}
	}
}
