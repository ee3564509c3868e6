package mountinfo_test

import (
	"errors"
	"fmt"
	"os"
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
