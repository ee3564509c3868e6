package exec

import (
	"bufio"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"gons/internal/process"

	"golang.org/x/sys/unix"
)

// family starts a shell whose child and grandchild do nothing, and returns it with the process ids of these two.
func family(t *testing.T) (shell *osexec.Cmd, child, grandchild int) {
	t.Helper()
	shell = osexec.Command("sh", "-c", `sh -c 'sleep 1000 & echo $$ $!; wait; :' & wait; :`)
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(line)
	child, _ = strconv.Atoi(fields[0])
	grandchild, _ = strconv.Atoi(fields[1])
	t.Cleanup(func() {
		_ = unix.Kill(grandchild, unix.SIGKILL)
		_ = shell.Process.Kill()
		_ = shell.Wait()
	})
	return shell, child, grandchild
}

// The tree of a program is the program and its descendants, and nobody else.
func TestTree(t *testing.T) {
	shell, child, grandchild := family(t)
	_, otherChild, _ := family(t)
	tr := newTree()
	defer tr.close()
	tr.add([]*os.Process{shell.Process})
	tr.add([]*os.Process{shell.Process}) // a second look changes nothing
	for _, pid := range []int{shell.Process.Pid, child, grandchild} {
		if _, ok := tr.fds[pid]; !ok {
			t.Errorf("%d is not in the tree", pid)
		}
	}
	if len(tr.fds) != 3 {
		t.Errorf("in the tree are %v", tr.fds)
	}
	tr.send(unix.SIGKILL)
	_ = shell.Wait()
	for end := time.Now().Add(10 * time.Second); !tr.gone() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if !tr.gone() {
		t.Error("the tree is still there")
	}
	if parent, err := process.Parent(otherChild); err != nil || parent == 0 {
		t.Errorf("the other family is not: %d, %v", parent, err)
	}
}

// The children of a process that has the number of one that was in the tree, and is not that one, are nobody's business.
func TestTreeAfterReuse(t *testing.T) {
	shell, child, grandchild := family(t)
	ended := osexec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(ended.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = ended.Wait()
	tr := newTree()
	defer tr.close()
	tr.put(shell.Process.Pid, fd) // the number is that of the shell now
	tr.add(nil)
	if len(tr.fds) != 1 {
		t.Errorf("in the tree are %v: %d and %d do not belong there", tr.fds, child, grandchild)
	}
	if tr.addChild(child, shell.Process.Pid) {
		t.Error("the child of the later process was added")
	}
	// A program that got the number of an earlier one takes its place.
	tr.add([]*os.Process{shell.Process})
	if len(tr.fds) != 3 || tr.fds[shell.Process.Pid] == fd && hasEnded(fd) {
		t.Errorf("in the tree are %v, not the shell, %d and %d", tr.fds, child, grandchild)
	}
}

// A program that has ended and was waited for is not in the tree, nor is who has its number.
func TestTreeOfEnded(t *testing.T) {
	cmd := osexec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	tr := newTree()
	defer tr.close()
	tr.add([]*os.Process{cmd.Process})
	if len(tr.fds) != 0 || !tr.gone() {
		t.Errorf("in the tree are %v", tr.fds)
	}
}
