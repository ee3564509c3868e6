package holders

import (
	"bytes"
	"testing"
	"time"
)

// Whatever a process calls itself, what is read of it is what the kernel says.
func FuzzParseStat(f *testing.F) {
	f.Add([]byte("1 (sh) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 42 0\n"))
	f.Add([]byte("1 (a) S) ( 0 1) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 42 0\n"))
	f.Add([]byte(")("))
	f.Add([]byte("1 () \n"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		command, start, err := parseStat(stat, time.Unix(0, 0))
		if err == nil && (!bytes.Contains(stat, []byte("("+command+")")) || start.IsZero()) {
			t.Errorf("parseStat(%q) = %q, %v", stat, command, start)
		}
		if uid, err := parseUID(stat); err == nil && !bytes.Contains(stat, []byte("Uid:")) {
			t.Errorf("parseUID(%q) = %d", stat, uid)
		}
	})
}
