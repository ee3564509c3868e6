package trust_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gons/internal/nstest"
	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(nstest.Main(m).Run()) }

const stranger = 1234

// chmod sets all bits, the sticky one too, whatever the umask.
func chmod(t *testing.T, path string, mode uint32) {
	t.Helper()
	if err := unix.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string) {
	t.Helper()
	if err := os.Lchown(path, stranger, -1); err != nil {
		t.Fatal(err)
	}
}

// expect compares an error with the text that it should have, "" for none.
func expect(t *testing.T, what string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	var other *trust.Error
	if got != want || want != "" && !errors.As(err, &other) {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	mkdir(t, filepath.Join(dir, "file"))
	everybody := `trust "` + dir + `": everybody may write to it`
	group := `trust "` + dir + `": group 0 may write to it`
	for _, test := range []struct {
		mode                uint32
		strict, canBeSticky string
	}{
		{0o755, "", ""},
		{0o700, "", ""},
		{0o4755, "", ""},
		{0o777, everybody, everybody},
		{0o702, everybody, everybody},
		{0o775, group, group},
		{0o720, group, group},
		{0o1777, everybody, ""},
		{0o1775, group, ""},
		{0o1755, "", ""},
	} {
		chmod(t, dir, test.mode)
		fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "Dir", trust.Dir(dir), test.strict)
		expect(t, "Open", trust.Open(fd, dir, false), test.strict)
		expect(t, "Open, sticky", trust.Open(fd, dir, true), test.canBeSticky)
		expect(t, "Entry", trust.Entry(dir, "file"), test.canBeSticky)
		expect(t, "Above", trust.Above(filepath.Join(dir, "file")), test.canBeSticky)
		_ = unix.Close(fd)
	}
	chmod(t, dir, 0o755)
}

// What is not there, or no directory, is not trusted: somebody may be about to make it.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	chmod(t, dir, 0o1777)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(t, "nowhere", filepath.Join(dir, "dangling"))
	symlink(t, "loop", filepath.Join(dir, "loop"))
	for _, test := range []struct {
		what string
		err  error
		want error
	}{
		{"Dir of nothing", trust.Dir(filepath.Join(dir, "nothing")), unix.ENOENT},
		{"Dir of a file", trust.Dir(file), unix.ENOTDIR},
		{"Dir of a dangling symlink", trust.Dir(filepath.Join(dir, "dangling")), unix.ENOENT},
		{"Dir of a loop", trust.Dir(filepath.Join(dir, "loop")), unix.ELOOP},
		{"Entry of a sticky directory that has none", trust.Entry(dir, "nothing"), unix.ENOENT},
		{"Entry of no directory", trust.Entry(filepath.Join(dir, "nothing"), "x"), unix.ENOENT},
		{"Above something in nothing", trust.Above(filepath.Join(dir, "nothing", "x")), unix.ENOENT},
		{"Above something in a file", trust.Above(filepath.Join(file, "x")), unix.ENOTDIR},
		{"Above something in a loop", trust.Above(filepath.Join(dir, "loop", "x")), unix.ELOOP},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", test.what, test.err, test.want)
		}
	}
}

// Every directory on the way counts, of a symlink those on the way to what it leads to as well.
func TestWay(t *testing.T) {
	base := t.TempDir()
	at := func(path string) string { return base + "/" + path } // not cleaned
	mkdir(t, at("bad/inner/netns"))
	mkdir(t, at("good/inner/netns"))
	symlink(t, "bad/inner", at("relative"))
	symlink(t, at("bad/inner"), at("absolute"))
	symlink(t, "relative", at("twice"))
	symlink(t, "../bad/inner", at("good/up"))
	symlink(t, "good/inner", at("fine"))
	chmod(t, at("bad"), 0o777)
	defer chmod(t, at("bad"), 0o755)
	refused := `trust "` + at("bad") + `": everybody may write to it`
	for path, want := range map[string]string{
		"good/inner/netns":          "",
		"fine/netns":                "",
		"bad":                       "", // itself is not judged
		"bad/inner":                 refused,
		"bad/inner/netns":           refused,
		"relative/netns":            refused,
		"relative":                  refused, // the last one, too, may be a symlink
		"absolute/netns":            refused,
		"good/inner/../inner/netns": "",
	} {
		expect(t, path, trust.Above(at(path)), want)
	}
	for _, path := range []string{"twice/netns", "good/up/netns", "relative/../../good/inner", "fine/../../bad/inner"} {
		var other *trust.Error
		if err := trust.Above(at(path)); !errors.As(err, &other) || other.Who != "everybody may write to it" {
			t.Errorf("%s: %v, want what is said of %s", path, err, at("bad"))
		}
	}
	// The other way round: ".." is not what it looks like.
	chmod(t, at("bad"), 0o755)
	chmod(t, at("good"), 0o777)
	defer chmod(t, at("good"), 0o755)
	expect(t, "through a symlink and back", trust.Above(at("fine/../inner")), `trust "`+at("good")+`": everybody may write to it`)
	// Dir judges the way only where it ends in a symlink.
	expect(t, "Dir by a path", trust.Dir(at("good/inner")), "")
	expect(t, "Dir by a symlink", trust.Dir(at("fine")), `trust "`+at("good")+`": everybody may write to it`)
	var other *trust.Error
	if err := trust.Entry(at("fine"), "netns"); !errors.As(err, &other) {
		t.Errorf("Entry by a symlink: %v", err)
	}
}

// A magic link of /proc leads elsewhere than its text says: what it leads to counts.
func TestMagicLink(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	mkdir(t, filepath.Join(bad, "netns"))
	f, err := os.Open(bad)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path := fmt.Sprintf("/proc/self/fd/%d/netns", f.Fd())
	expect(t, "a directory that is ours", trust.Above(path), "")
	chmod(t, bad, 0o777)
	defer chmod(t, bad, 0o755)
	var other *trust.Error
	if err := trust.Above(path); !errors.As(err, &other) {
		t.Errorf("a directory that everybody can write to: %v", err)
	}
	// The text of the link may well be the path of something else by now.
	if err := os.Rename(bad, filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	mkdir(t, bad)
	if err := trust.Above(path); err == nil {
		t.Error("what has the name of a directory that was moved is taken for it")
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "moved"), bad); err != nil {
		t.Fatal(err)
	}
}

func TestOwners(t *testing.T) {
	nstest.NeedRoot(t)
	base := t.TempDir()
	theirs := filepath.Join(base, "theirs")
	mkdir(t, filepath.Join(theirs, "netns"))
	symlink(t, "x", filepath.Join(theirs, "netns", "link"))
	chown(t, theirs)
	owns := func(path string) string { return `trust "` + path + `": user 1234 owns it` }
	expect(t, "their directory", trust.Dir(theirs), owns(theirs))
	expect(t, "an entry in it", trust.Entry(theirs, "netns"), owns(theirs))
	expect(t, "root's directory in theirs", trust.Above(filepath.Join(theirs, "netns", "x")), owns(theirs))
	chmod(t, theirs, 0o1777)
	expect(t, "sticky and theirs", trust.Above(filepath.Join(theirs, "netns", "x")), owns(theirs))

	// In a directory like /tmp: what is theirs there is theirs, of a symlink whatever it leads to.
	tmp := filepath.Join(base, "tmp")
	mkdir(t, filepath.Join(tmp, "ours", "x"))
	mkdir(t, filepath.Join(tmp, "their-dir", "ours"))
	symlink(t, filepath.Join(tmp, "ours"), filepath.Join(tmp, "their-link"))
	symlink(t, filepath.Join(tmp, "ours"), filepath.Join(tmp, "our-link"))
	chown(t, filepath.Join(tmp, "their-dir"))
	chown(t, filepath.Join(tmp, "their-link"))
	chmod(t, tmp, 0o1777)
	expect(t, "ours in /tmp", trust.Above(filepath.Join(tmp, "ours", "x")), "")
	expect(t, "our symlink in /tmp", trust.Above(filepath.Join(tmp, "our-link", "x")), "")
	expect(t, "their directory in /tmp", trust.Above(filepath.Join(tmp, "their-dir", "ours")), owns(filepath.Join(tmp, "their-dir")))
	expect(t, "their symlink in /tmp", trust.Above(filepath.Join(tmp, "their-link", "x")), owns(filepath.Join(tmp, "their-link")))
	expect(t, "their symlink as a directory", trust.Dir(filepath.Join(tmp, "their-link")), owns(filepath.Join(tmp, "their-link")))
	expect(t, "their entry in /tmp", trust.Entry(tmp, "their-link"), owns(filepath.Join(tmp, "their-link")))
	expect(t, "our entry in /tmp", trust.Entry(tmp, "our-link"), "")
}
