package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"gons/internal/exec"
	"gons/internal/output"

	"golang.org/x/sys/unix"
)

// A spool keeps the output of a command until it is its turn. It is in memory (memfd_create(2)), and no goroutine has to read it while
// the command runs.
type spool struct{ out, err *os.File }

// newSpool makes a spool. If the standard output and error of gons are the same file then so are those of the spool, so that
// the order of what was written is kept.
func newSpool() (s *spool, err error) {
	s = &spool{}
	if s.out, err = memFile(); err != nil {
		return nil, err
	}
	if s.err = s.out; sameFile(os.Stdout, os.Stderr) {
		return s, nil
	}
	if s.err, err = memFile(); err != nil {
		_ = s.out.Close()
		return nil, err
	}
	return s, nil
}

func memFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("gons-output", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "output"), nil
}

func sameFile(a, b *os.File) bool {
	var x, y unix.Stat_t
	return unix.Fstat(int(a.Fd()), &x) == nil && unix.Fstat(int(b.Fd()), &y) == nil && x.Dev == y.Dev && x.Ino == y.Ino
}

// copyTo writes what was kept to the standard output and error.
func (s *spool) copyTo(r *manyRun, name string) error {
	if err := r.copyKept(r.c.stdout, s.out, name); err != nil || s.err == s.out {
		return err
	}
	return r.copyKept(r.c.stderr, s.err, name)
}

func (r *manyRun) copyKept(w io.Writer, f *os.File, name string) error {
	if size, err := f.Seek(0, io.SeekEnd); err != nil || size == 0 {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if r.opts.prefix {
		return r.copyLines(w, f, name)
	}
	_, err := io.Copy(w, f)
	return err
}

func (s *spool) close() {
	if s == nil {
		return
	}
	_ = s.out.Close()
	if s.err != s.out {
		_ = s.err.Close()
	}
}

// afterEnd is how long a command's output is still read after its end: what it started in the background may hold it open for ever.
const afterEnd = 100 * time.Millisecond

// prefixed runs the command in one namespace and passes its output on line by line, each with the name before it.
func (r *manyRun) prefixed(stage *exec.Stage, name string) error {
	var reading []*os.File
	files := []*os.File{os.Stdin}
	done := make(chan error, 2)
	for _, w := range []io.Writer{r.c.stdout, r.c.stderr} {
		from, to, err := os.Pipe()
		if err != nil {
			return &statusError{statusPrepare, err}
		}
		reading, files = append(reading, from), append(files, to)
		go func() { done <- r.copyLines(w, from, name) }()
	}
	err := r.one(stage, name, files)
	for _, f := range files[1:] {
		_ = f.Close()
	}
	for _, f := range reading {
		_ = f.SetReadDeadline(time.Now().Add(afterEnd))
	}
	for range reading {
		if writeErr := <-done; writeErr != nil && err == nil {
			err = writeErr
		}
	}
	for _, f := range reading {
		_ = f.Close()
	}
	return err
}

// copyLines copies lines with the name before each. A very long line is written in pieces.
func (r *manyRun) copyLines(w io.Writer, from io.Reader, name string) error {
	prefix := output.Text(name) + ": "
	lines := bufio.NewReaderSize(from, 64<<10)
	start := true
	var out bytes.Buffer
	for {
		line, err := lines.ReadSlice('\n')
		out.Reset()
		if start && len(line) > 0 {
			out.WriteString(prefix)
		}
		out.Write(line)
		atEnd := err != nil && !errors.Is(err, bufio.ErrBufferFull)
		if len(line) > 0 {
			start = line[len(line)-1] == '\n'
		}
		if atEnd && !start {
			out.WriteByte('\n')
		}
		r.mu.Lock()
		_, writeErr := w.Write(out.Bytes())
		r.mu.Unlock()
		if writeErr != nil {
			return writeErr
		}
		if atEnd { // also at the deadline: nothing was missed that the command itself has written
			return nil
		}
	}
}
