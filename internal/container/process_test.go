package container

import (
	"os"
	"os/exec"
	"testing"
)

// The command line of the parent tells: here it is that of a shell.
func TestIsProcess(t *testing.T) {
	shell := exec.Command("sh", "-c", "sleep 60 & echo $!; read line; kill $!", "sh", testID)
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = shell.Wait()
	}()
	line := make([]byte, 16)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	for _, digit := range line[:n-1] {
		pid = 10*pid + int(digit-'0')
	}
	other := "f" + testID[1:]
	switch {
	case !IsProcess(pid, testID):
		t.Error("the child of a command with the id on its command line is not recognised")
	case IsProcess(pid, other):
		t.Error("another id is recognised")
	case IsProcess(pid, ""), IsProcess(pid, testID[:12]):
		t.Error("a part of the id is enough")
	case IsProcess(os.Getpid(), testID), IsProcess(0, testID), IsProcess(1<<30, testID):
		t.Error("another process is recognised")
	}
}
