//go:build linux && (amd64 || arm64) && !race

package early

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"gons/internal/nsfile"
	"gons/internal/nstest"
	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

// What the kernel hands to a program: the arguments, the environment and the auxiliary vector, each with its end.
type stack struct {
	words []uintptr
	keep  [][]byte
}

func (s *stack) strings(all ...string) {
	for _, one := range all {
		b := append([]byte(one), 0)
		s.keep = append(s.keep, b)
		s.words = append(s.words, uintptr(unsafe.Pointer(&b[0])))
	}
	s.words = append(s.words, 0)
}

func readProgram(env []string, vector ...uintptr) (*program, bool) {
	s := &stack{}
	s.strings(env...)
	s.words = append(append(s.words, vector...), 0, 0)
	p := &program{}
	ok := p.read(unsafe.Pointer(&s.words[0]))
	if ok { // what is in the strings lives as long as the stack
		p.runDir, p.etcDir, p.path = strings.Clone(p.runDir), strings.Clone(p.etcDir), strings.Clone(p.path)
	}
	return p, ok
}

func TestRead(t *testing.T) {
	asRoot := []uintptr{3, 99, atUID, 0, atEUID, 0, atGID, 0, atEGID, 0, atSecure, 0, 6, 4096}
	p, ok := readProgram([]string{"A=1", "PATH=/x:/y", "GONS_RUN_DIR=/run/a", "GONS_ETC_DIR=/etc/b", "PATH=/z"}, asRoot...)
	if !ok || !p.root || len(p.env) != 5 || p.runDir != "/run/a" || p.etcDir != "/etc/b" || p.path != "/x:/y" {
		t.Errorf("read %+v, %v", p, ok)
	}
	p, ok = readProgram([]string{"GONS_RUN_DIR=", "GONSX=1", "P"}, asRoot...)
	if !ok || p.runDir != nsfile.DefaultDir || p.etcDir != defaultEtcDir || p.path != defaultPath {
		t.Errorf("read %+v, %v", p, ok)
	}
	p, ok = readProgram(nil, atUID, 5, atEUID, 5, atGID, 6, atEGID, 6, atSecure, 0)
	if !ok || p.root {
		t.Errorf("an ordinary user: %+v, %v", p, ok)
	}
	for what, refused := range map[string]struct {
		env    []string
		vector []uintptr
	}{
		"GODEBUG":                {[]string{"GODEBUG="}, asRoot},
		"a relative directory":   {[]string{"GONS_RUN_DIR=run"}, asRoot},
		"a variable twice":       {[]string{"GONS_RUN_DIR=/run/a", "GONS_RUN_DIR=/run/b"}, asRoot},
		"another one twice":      {[]string{"GONS_ETC_DIR=", "GONS_ETC_DIR=/etc/b"}, asRoot},
		"a path with dots":       {[]string{"GONS_ETC_DIR=/a/../b"}, asRoot},
		"set-user-ID":            {nil, []uintptr{atUID, 5, atEUID, 0, atGID, 0, atEGID, 0, atSecure, 0}},
		"set-group-ID":           {nil, []uintptr{atUID, 0, atEUID, 0, atGID, 5, atEGID, 0, atSecure, 0}},
		"file capabilities":      {nil, []uintptr{atUID, 5, atEUID, 5, atGID, 5, atEGID, 5, atSecure, 1}},
		"no vector":              {nil, nil},
		"a vector without users": {nil, []uintptr{atSecure, 0}},
		"a vector without word":  {nil, asRoot[:10]},
	} {
		if p, ok := readProgram(refused.env, refused.vector...); ok {
			t.Errorf("%s: read %+v", what, p)
		}
	}
}

func TestPlainNames(t *testing.T) {
	for _, name := range []string{"a", "lab", "ns-1", "a_b.c", `q"uo\te`, strings.Repeat("x", 255)} {
		if !isPlainName(name) || nsfile.CheckNewName(name) != nil {
			t.Errorf("%q is not plain", name)
		}
	}
	for _, name := range []string{
		"", ".", "..", ".hidden", ".gons-1", "-a", "--all", "a b", "a\tb", "a\nb", "ä", "\xff", "a/b", "/a", "pid:1", "a\x7f", strings.Repeat("x", 256),
	} {
		if isPlainName(name) {
			t.Errorf("%q is plain", name)
		}
	}
}

// Every plain name is one that may be given to a new entry and that is shown as it is.
func FuzzPlainNames(f *testing.F) {
	for _, name := range []string{"lab", "", "..", "a b", "\xff"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if isPlainName(name) && (nsfile.CheckNewName(name) != nil || strconv.Quote(strings.NewReplacer(`"`, "", `\`, "").Replace(name)) !=
			`"`+strings.NewReplacer(`"`, "", `\`, "").Replace(name)+`"`) {
			t.Errorf("%q is plain", name)
		}
	})
}

// A path is clean if, and only if, path.Clean leaves it as it is; "/" is of no use.
func FuzzIsClean(f *testing.F) {
	for _, path := range []string{"/", "/a", "/a/", "//a", "/a/./b", "/a/..", "a", "", "/a/b.c/..d"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		want := filepath.IsAbs(path) && filepath.Clean(path) == path && path != "/"
		if isClean(path) != want {
			t.Errorf("isClean(%q) = %v", path, !want)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"", "0", "1", "01", "+1", "4242", "999999999", "1000000000", "-1", "1a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := parseNumber(s)
		if want, err := strconv.ParseUint(s, 10, 31); n != 0 && (err != nil || uint64(n) != want || strconv.Itoa(n) != s) {
			t.Errorf("parseNumber(%q) = %d", s, n)
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, n := range []uint64{0, 9, 10, 4026532177, math.MaxUint64} {
		var digits [20]byte
		if got := decimal(&digits, n); got != fmt.Sprint(n) {
			t.Errorf("decimal(%d) = %q", n, got)
		}
	}
	if n := parseNumber("4242"); n != 4242 {
		t.Errorf(`parseNumber("4242") = %d`, n)
	}
}

func TestIsNamedAgain(t *testing.T) {
	s := &stack{}
	s.strings("A=1", "AB=2", "B", "A=3", "B=4", "=5")
	all := unsafe.Slice((**byte)(unsafe.Pointer(&s.words[0])), len(s.keep))
	for i, want := range []bool{true, false, true, false, false, false} {
		if got := isNamedAgain(all[i], all[i+1:]); got != want {
			t.Errorf("%q is named again: %v", text(all[i]), got)
		}
	}
}

func TestPath(t *testing.T) {
	var p path
	p.add("/proc/")
	p.addNumber(42)
	p.add("/ns")
	if p.string() != "/proc/42/ns" || text(p.start()) != "/proc/42/ns" || p.long {
		t.Errorf("the path is %q", p.string())
	}
	p.cut(len("/proc"))
	if text(p.start()) != "/proc" {
		t.Errorf("cut, the path is %q", text(p.start()))
	}
	p.add(strings.Repeat("x", len(p.text)-1-p.size))
	if p.long || text(p.start()) != p.string() || p.size != len(p.text)-1 {
		t.Errorf("a path that fits has %d bytes, %v", p.size, p.long)
	}
	if p.add("y"); !p.long {
		t.Error("a path that is too long is not noticed")
	}
}

// What is trusted is what package trust lets pass, no more; and all of it where there are no symlinks but a few.
func TestWay(t *testing.T) {
	nstest.NeedRoot(t) // directories of somebody else
	base := t.TempDir()
	at := func(path string) string { return filepath.Join(base, path) }
	for _, dir := range []string{"good/inner", "theirs/inner", "open/inner", "group/inner", "sticky/inner", "sticky/theirs", "deep/a/b/c"} {
		if err := os.MkdirAll(at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"to-good": "good", "to-theirs": at("theirs"), "through": "theirs/inner", "to-open": "open", "nowhere": "missing", "loop": "loop",
		"up": "good/../good", "sticky/link": at("good"), "1": "good", "2": "1", "3": "2", "4": "3", "5": "4", "6": "5",
	} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(os.Chown(at("theirs"), 1234, 0), os.Chmod(at("open"), 0o777), os.Chmod(at("group"), 0o775),
		unix.Chmod(at("sticky"), 0o1777), os.Chown(at("sticky/theirs"), 1234, 0), os.Lchown(at("sticky/link"), 1234, 0))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]verdict{
		"good/inner": trusted, "good/inner/x": trusted, "deep/a/b/c/d": trusted, "to-good/inner": trusted, "to-good": trusted, "4/inner": trusted,
		"sticky/inner/x": trusted, "theirs": trusted, "open": trusted, // themselves are not judged
		"theirs/inner": doubtful, "open/inner": doubtful, "group/inner": doubtful, "sticky/theirs/x": doubtful, "sticky/link/inner": doubtful,
		"to-theirs/inner": doubtful, "through/x": doubtful, "to-open/inner": doubtful, "loop/x": doubtful, "up/inner": doubtful,
		"6/inner": doubtful, "missing/x": missing, "good/missing/x": missing, "nowhere/x": missing, "good/inner/missing": missing,
	} {
		if path == "good/inner/x" || path == "deep/a/b/c/d" || path == "sticky/inner/x" {
			if err := os.MkdirAll(at(path), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		got := trustWay(at(path))
		if got != want {
			t.Errorf("%s is judged %d, want %d", path, got, want)
		}
		err := trust.Above(at(path))
		if got == trusted && err != nil || got == missing && !errors.Is(err, unix.ENOENT) {
			t.Errorf("%s is judged %d, and by package trust %v", path, got, err)
		}
	}
	var dir path
	for name, want := range map[string]verdict{
		"good": trusted, "theirs": doubtful, "open": doubtful, "group": doubtful, "sticky": doubtful, "to-good": doubtful, "missing": missing,
	} {
		dir.cut(0)
		dir.add(at(name))
		if got := trustDir(dir.start()); got != want {
			t.Errorf("in %s: judged %d, want %d", name, got, want)
		}
	}
}

func TestReadNames(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 500 {
		name := fmt.Sprintf("n%d", i*7919%500)
		want = append(want, name)
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	var name path
	name.add(dir)
	var d directory
	if !d.read(name.start()) {
		t.Fatal("the directory cannot be read")
	}
	defer closeFile(d.fd)
	var got []string
	for _, e := range d.names {
		got = append(got, e.name)
		if e.kind != unix.DT_REG {
			t.Errorf("%q has the type %d", e.name, e.kind)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %q", got)
	}
	// What does not fit is not read.
	again, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(again)
	if _, ok := readNames(again, make([]byte, 64<<10), make([]dirEntry, 499)); ok {
		t.Error("500 names fit into 499")
	}
	if _, err := unix.Seek(again, 0, unix.SEEK_SET); err != nil {
		t.Fatal(err)
	}
	if _, ok := readNames(again, make([]byte, 4<<10), make([]dirEntry, 500)); ok {
		t.Error("500 names fit into 4 KiB")
	}
}
