package holders

import (
	"bytes"
	"testing"
	"time"
)

func TestStartTime(t *testing.T) {
	boot := time.Unix(1000, 0)
	if start := startTime(250, boot); !start.Equal(time.Unix(1002, 500e6)) {
		t.Errorf("2.5 s after the start of the machine is %v", start)
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

// A user id comes from a line of its own, whatever is in the file.
func FuzzParseUID(f *testing.F) {
	f.Add([]byte("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\n"))
	f.Add([]byte("Uid:\n"))
	f.Fuzz(func(t *testing.T, status []byte) {
		if uid, err := parseUID(status); err == nil && !bytes.Contains(status, []byte("Uid:")) {
			t.Errorf("parseUID(%q) = %d", status, uid)
		}
	})
}
