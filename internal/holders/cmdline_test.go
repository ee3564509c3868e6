package holders_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"gons/internal/holders"

	"golang.org/x/sys/unix"
)

// longArguments makes 4 GiB of zeros the command line of this process, as every process may do, and waits to be killed.
func longArguments() error {
	const size = 4 << 30
	zeros, err := unix.Mmap(-1, 0, size, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return err
	}
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	// Fields behind the name are counted from 3, see proc_pid_stat(5).
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	field := func(number int) uint64 {
		n, _ := strconv.ParseUint(string(fields[number-3]), 10, 64)
		return n
	}
	brk, _, _ := unix.RawSyscall(unix.SYS_BRK, 0, 0, 0)
	start := uint64(uintptr(unsafe.Pointer(&zeros[0])))
	// struct prctl_mm_map: where code, data, heap, stack, arguments and environment begin and end, an auxiliary vector, its size and
	// the program, of which the last two stay as they are.
	layout := [13]uint64{
		field(26), field(27), field(45), field(46), field(47), uint64(brk), field(28),
		start, start + size, field(50), field(51), 0, 0xffffffff << 32,
	}
	err = unix.Prctl(unix.PR_SET_MM, unix.PR_SET_MM_MAP, uintptr(unsafe.Pointer(&layout)), unsafe.Sizeof(layout), 0)
	runtime.KeepAlive(zeros)
	if err != nil {
		return fmt.Errorf("set the arguments: %w", err)
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
	return nil
}

// A process can make its command line as long as its memory is: what looks at it must not do that to its own.
func TestEndlessCommandLine(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleEnv+"=long-arguments")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	ns := start(t, true, cmd)
	line := make([]byte, 100)
	if n, err := out.Read(line); err != nil || string(line[:n]) != "ready\n" {
		t.Fatalf("the process says %q, %v", line[:n], err)
	}
	content, err := os.Open(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if _, err := content.ReadAt(make([]byte, 1), 3<<30); err != nil {
		t.Fatalf("the command line is not so long: %v", err)
	}
	tasks := find(t, holders.Query{NS: ns})
	if len(tasks) != 1 {
		t.Fatalf("%d processes in the namespace", len(tasks))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	about, err := tasks[0].About()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d bytes of memory were used for %d arguments", used, len(about.Args))
	}
}
