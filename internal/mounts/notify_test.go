package mounts

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// notice is an event as the kernel writes it.
func notice(mask, id uint64) []byte {
	b := make([]byte, unix.FAN_EVENT_METADATA_LEN+16)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[6:], unix.FAN_EVENT_METADATA_LEN)
	binary.NativeEndian.PutUint64(b[8:], mask)
	b[unix.FAN_EVENT_METADATA_LEN] = infoMount
	binary.NativeEndian.PutUint16(b[unix.FAN_EVENT_METADATA_LEN+2:], 16)
	binary.NativeEndian.PutUint64(b[unix.FAN_EVENT_METADATA_LEN+8:], id)
	return b
}

func TestParseNotices(t *testing.T) {
	came, went := notice(unix.FAN_MNT_ATTACH, 7), notice(unix.FAN_MNT_DETACH, 8)
	moved := notice(unix.FAN_MNT_ATTACH|unix.FAN_MNT_DETACH, 9)
	other := notice(unix.FAN_MNT_ATTACH, 10)
	other[unix.FAN_EVENT_METADATA_LEN]++ // a record of another type
	short := slices.Clone(came)
	binary.NativeEndian.PutUint32(short, unix.FAN_EVENT_METADATA_LEN-1)
	all := []Notice{{ID: 7, Attached: true}, {ID: 8, Gone: true}, {ID: 9, Attached: true, Gone: true}}
	lost := Notice{Lost: true}
	for _, test := range []struct {
		what string
		buf  []byte
		want []Notice
	}{
		{"nothing", nil, nil},
		{"all kinds", slices.Concat(came, went, moved), all},
		{"another record", slices.Concat(other, went), all[1:2]},
		{"overflow", slices.Concat(came, notice(unix.FAN_Q_OVERFLOW, 0)), []Notice{all[0], lost}},
		{"cut", slices.Concat(came, went[:len(went)-1]), []Notice{all[0], lost}},
		{"too short", slices.Concat(came, short, went), []Notice{all[0], lost}},
	} {
		if got := parseNotices(test.buf); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.what, got, test.want)
		}
	}
}

// What the kernel really tells agrees with where the mounts are.
func TestNotify(t *testing.T) {
	n, err := Notify()
	if err != nil {
		var system unix.Utsname
		_ = unix.Uname(&system)
		var major, minor int
		_, _ = fmt.Sscanf(unix.ByteSliceToString(system.Release[:]), "%d.%d", &major, &minor)
		if major > 6 || major == 6 && minor >= 15 {
			t.Fatal(err)
		}
		return // that it fails is all that there is to see
	}
	defer n.Close()
	dir := filepath.Join(t.TempDir(), "a\nb\\c")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	got, err := n.Read()
	if err != nil || len(got) != 1 || !got[0].Attached || got[0].Gone || got[0].Lost {
		t.Fatalf("mounted: %+v, %v", got, err)
	}
	id := got[0].ID
	if point, err := PointOf(id); err != nil || point != dir {
		t.Errorf("it is at %q, %v, want %q", point, err, dir)
	}
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	got, err = n.Read()
	if want := (Notice{ID: id, Gone: true}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("unmounted: %+v, %v, want %+v", got, err, want)
	}
	if point, err := PointOf(id); err == nil {
		t.Errorf("what has gone is at %q", point)
	}
	if got, err := n.Read(); err != nil || len(got) > 0 {
		t.Errorf("nothing happened: %+v, %v", got, err)
	}
}
