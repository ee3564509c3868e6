package mountinfo_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"gons/internal/mountinfo"
)

func ExampleAll() {
	const text = `27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
43 27 254:0 /run/netns /run/net\040ns rw shared:2 master:7 propagate_from:1 - ext4 /dev/vda rw
44 43 0:4 net:[4026532178] /run/net\040ns/lab rw shared:2 master:7 - nsfs nsfs rw
`
	for m, err := range mountinfo.All(strings.NewReader(text)) {
		fmt.Println(m.ID, m.Parent, m.Dev, m.Root, m.Point, m.Shared, m.Master, m.FSType, err)
	}
	// Output:
	// 27 1 254:0 / / 1 0 ext4 <nil>
	// 43 27 254:0 /run/netns /run/net ns 2 7 ext4 <nil>
	// 44 43 0:4 net:[4026532178] /run/net ns/lab 2 7 nsfs <nil>
}

func TestEscapes(t *testing.T) {
	for text, want := range map[string]string{
		`/a\011b\012c\134d\043e`: "/a\tb\nc\\d#e",
		`/a\`:                    `/a\`,
		`/a\04`:                  `/a\04`,
		`/a\999b`:                `/a\999b`,
		`/\303\266`:              "/ö",
	} {
		for m, err := range mountinfo.All(strings.NewReader("1 2 3:4 / " + text + " rw - tmpfs  rw")) {
			if err != nil || m.Point != want || m.Source != "" || m.FSType != "tmpfs" {
				t.Errorf("%s: %+v, %v, want %q", text, m, err, want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, text := range []string{"\n", "x", "1 2 3:4 / / rw", "1 2 3:4 / / rw - ext4", "x 2 3:4 / / rw - a b c", "1 2 3 / / rw - a b c"} {
		var parse *mountinfo.ParseError
		n := 0
		for _, err := range mountinfo.All(strings.NewReader(text)) {
			if n++; !errors.As(err, &parse) {
				t.Errorf("%q: %v, want a ParseError", text, err)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d results, want one error", text, n)
		}
	}
	for _, err := range mountinfo.All(iotest.ErrReader(os.ErrPermission)) {
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("a reader's error: %v", err)
		}
	}
}

// endless repeats a text, 4 GiB of it, and counts what is taken.
type endless struct {
	text  string
	taken int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.taken >= 4<<30 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text[(int(e.taken)+n)%len(e.text):])
	}
	e.taken += int64(n)
	return n, nil
}

// A list of 4 GiB takes neither the memory nor the time that it asks for, whatever is in it.
func TestEndless(t *testing.T) {
	for name, text := range map[string]string{
		"zeros":       strings.Repeat("\x00", 4096),
		"one line":    strings.Repeat("x", 4096),
		"short lines": "1 2 3:4 / / rw - a b c\n",
		"long lines":  "1 2 3:4 / /" + strings.Repeat("x", 8000) + " rw - a b c\n",
	} {
		source := &endless{text: text}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		mounts := 0
		var last error
		for _, err := range mountinfo.All(source) {
			if last = err; err == nil {
				mounts++
			}
			if mounts%100_000 == 1 {
				runtime.ReadMemStats(&after)
				if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 100<<20 {
					t.Fatalf("%s: %d bytes of memory after %d mounts", name, grown, mounts)
				}
			}
		}
		if !errors.Is(last, mountinfo.ErrSize) {
			t.Errorf("%s: the last error is %v", name, last)
		}
		if source.taken > 300<<20 {
			t.Errorf("%s: %d bytes were read", name, source.taken)
		}
		if strings.HasSuffix(text, "\n") && mounts < 10_000 {
			t.Errorf("%s: only %d mounts", name, mounts)
		}
	}
}

// More mounts than a machine may have by default are no problem.
func TestMany(t *testing.T) {
	const n = 500_000
	mounts := 0
	for _, err := range mountinfo.All(strings.NewReader(strings.Repeat("1 2 3:4 / / rw - a b c\n", n))) {
		if err != nil {
			t.Fatal(err)
		}
		mounts++
	}
	if mounts != n {
		t.Errorf("%d mounts, want %d", mounts, n)
	}
}

func TestOwn(t *testing.T) {
	f, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := false
	for m, err := range mountinfo.All(f) {
		if err != nil {
			t.Fatal(err)
		}
		seen = seen || m.Point == "/proc" && m.FSType == "proc"
	}
	if !seen {
		t.Error("there is no /proc")
	}
}

func FuzzAll(f *testing.F) {
	if own, err := os.ReadFile("/proc/thread-self/mountinfo"); err == nil {
		f.Add(string(own))
	}
	f.Add(`43 27 254:0 /run/netns /run/net\040ns rw shared:2 master:7 - ext4 /dev/vda rw`)
	f.Fuzz(func(t *testing.T, text string) {
		failed := false
		for m, err := range mountinfo.All(strings.NewReader(text)) {
			if failed {
				t.Fatal("there is more after an error")
			}
			failed = err != nil
			if !failed && !strings.Contains(m.Dev, ":") {
				t.Errorf("%+v", m)
			}
		}
	})
}

// A line that cannot be read to its end is a failure of reading, and not a bad line.
func TestCutOff(t *testing.T) {
	broken := errors.New("broken")
	count := 0
	for _, err := range mountinfo.All(io.MultiReader(strings.NewReader("22 27 0:21 / /proc rw - proc proc rw\n23 27 0:2"), iotest.ErrReader(broken))) {
		if count++; count == 2 && !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
	}
	if count != 2 {
		t.Errorf("%d mounts and errors", count)
	}
}
