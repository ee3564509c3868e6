package nsfile

import (
	"fmt"
	"strings"
	"testing"
)

// A path is about a process only if it is exactly what the engines write.
func FuzzProcessOf(f *testing.F) {
	for _, path := range []string{"/proc/1/ns/net", "/proc/01/ns/net", "/proc/+1/ns/net", "/proc//ns/net", "/proc/1/ns/net/", "/proc/2147483648/ns/net", "1"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		pid := ProcessOf(path)
		if pid < 0 || pid > 0 && path != fmt.Sprintf("/proc/%d/ns/net", pid) {
			t.Errorf("ProcessOf(%q) = %d", path, pid)
		}
	})
}

// Two entries on their way never share a name, whatever they are called, and the name is one.
func FuzzTemporaryName(f *testing.F) {
	f.Add("web", "db")
	f.Add("", strings.Repeat("x", 255))
	f.Fuzz(func(t *testing.T, a, b string) {
		one, other := temporaryName(a), temporaryName(b)
		if !isTemporary(one) || CheckName(one) != nil || (one == other) != (a == b) {
			t.Errorf("%q is on its way as %q, %q as %q", a, one, b, other)
		}
	})
}
