package process

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	tail := " S 41 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 250 5 6"
	for _, test := range []struct{ stat, command string }{
		{"7 (sleep)" + tail, "sleep"},
		{"7 (a) b) S 9 (c)" + tail, "a) b) S 9 (c"},
		{"7 ()" + tail, ""},
		{"7 (new\nline)" + tail, "new\nline"},
	} {
		s, err := ParseStat([]byte(test.stat))
		if want := (Stat{test.command, 'S', 41, 250}); err != nil || *s != want {
			t.Errorf("ParseStat(%q) = %v, %v", test.stat, s, err)
		}
	}
	for _, stat := range []string{
		"", "7", "7 sleep", ")(", "7 (x", "7 (x) S 1", "7 (x)" + strings.Replace(tail, "250", "x", 1),
		"7 (x)" + strings.Replace(tail, "41", "x", 1), "7 (x)" + strings.Replace(tail, "S", "SS", 1),
	} {
		if _, err := ParseStat([]byte(stat)); err == nil {
			t.Errorf("ParseStat(%q) is accepted", stat)
		}
	}
}

// Whatever a process calls itself, what is read of it is what the kernel says.
func FuzzParseStat(f *testing.F) {
	f.Add([]byte("1 (sh) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 42 0\n"))
	f.Add([]byte("1 (a) S) ( 0 1) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 42 0\n"))
	f.Add([]byte(")("))
	f.Add([]byte("1 () \n"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		s, err := ParseStat(stat)
		if err == nil && (!bytes.Contains(stat, []byte("("+s.Command+")")) || s.State == 0) {
			t.Errorf("ParseStat(%q) = %v", stat, s)
		}
	})
}

// No name makes the rest of the line another one.
func FuzzNameInStat(f *testing.F) {
	for _, name := range []string{"sh", "", "a) S 1", ") S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 7 (", "(\n"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s, err := ParseStat([]byte("7 (" + name + ") S 41 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 250 5 6\n"))
		if want := (Stat{name, 'S', 41, 250}); err != nil || *s != want {
			t.Errorf("of a process called %q is said %v, %v", name, s, err)
		}
	})
}

// What is read of a child that has ended is true until its parent has asked for its status; then there is none.
func TestEnded(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	before, err := StatOf(pid)
	if err != nil || before.Parent != os.Getpid() || before.Start == 0 {
		t.Errorf("StatOf(child) = %+v, %v", before, err)
	}
	if parents, err := Parents(); err != nil || parents[pid] != os.Getpid() {
		t.Errorf("the parent of %d is %d, %v", pid, parents[pid], err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for zombie := false; !zombie; {
		after, err := StatOf(pid)
		if err != nil || after.Start != before.Start {
			t.Fatalf("StatOf(zombie) = %+v, %v; before it was %+v", after, err, before)
		}
		zombie = after.State == 'Z'
	}
	_ = cmd.Wait()
	if _, err := StatOf(pid); !errors.Is(err, ErrNone) {
		t.Errorf("StatOf(nobody) = %v", err)
	}
	if _, err := Parent(pid); !errors.Is(err, ErrNone) {
		t.Errorf("Parent(nobody) = %v", err)
	}
	if name := Command(pid); name != "" {
		t.Errorf("Command(nobody) = %q", name)
	}
}

// A name that holds what separates the fields is read as it is.
func TestCommand(t *testing.T) {
	file := t.TempDir() + "/a) S 1 ("
	if err := os.Symlink("/bin/sleep", file); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	const want = "a) S 1 ("
	commands, err := Commands()
	if got := Command(cmd.Process.Pid); got != want || commands[cmd.Process.Pid] != want || err != nil {
		t.Errorf("Command = %q, Commands: %q, %v", got, commands[cmd.Process.Pid], err)
	}
	if parent, err := Parent(cmd.Process.Pid); parent != os.Getpid() || err != nil {
		t.Errorf("Parent = %d, %v", parent, err)
	}
}

// A file that is longer than what is read at once is read to its end.
func TestReadFile(t *testing.T) {
	cmd := exec.Command("sleep", "1000", strings.Repeat("0", 10000))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	table, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	content, err := ReadFile(table.Fd(), "self/cmdline", nil)
	if want := strings.Join(os.Args, "\x00") + "\x00"; string(content) != want || err != nil {
		t.Errorf("ReadFile(self) = %q, %v, want %q", content, err, want)
	}
	want := strings.Join(cmd.Args, "\x00") + "\x00"
	content, err = ReadFile(table.Fd(), pathOf(cmd.Process.Pid, "cmdline"), make([]byte, 10))
	if string(content) != want || err != nil {
		t.Errorf("ReadFile read %d bytes, want %d; %v", len(content), len(want), err)
	}
	if _, err := ReadFile(table.Fd(), "0/cmdline", nil); !errors.Is(err, ErrNone) {
		t.Errorf("ReadFile(nobody) = %v", err)
	}
}
