// Package mountinfo reads /proc/PID/mountinfo (proc_pid_mountinfo(5)).
package mountinfo

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// A Mount is one line: one mount in some mount namespace. Paths are unescaped, and as the process saw them
// whose file it was: relative to its root directory.
type Mount struct {
	ID         int
	Parent     int    // ID of the mount that this one is mounted on; that one need not be listed
	Dev        string // of the file system, as MAJOR:MINOR
	Root       string // the directory or file of the file system that is mounted; "net:[4026532177]" for a namespace
	Point      string // where
	Shared     int    // peer group that the mount shares its own mounts with, 0 if it does not
	Master     int    // peer group that it gets mounts from, 0 if it does not
	Unbindable bool   // it cannot be bind mounted or cloned
	FSType     string
	Source     string
}

// ParseError is a line that is no line of mountinfo.
type ParseError struct{ Line string }

func (e *ParseError) Error() string { return fmt.Sprintf("not a line of mountinfo: %q", e.Line) }

// maxLine is longer than any line: three paths of at most PATH_MAX bytes, each up to four times as long
// when escaped, and the options, which fit into a page or two.
const maxLine = 1 << 20

// What is longer is not the kernel's, which allows a mount namespace 100,000 mounts (fs.mount-max) and needs some 100 bytes for each.
const (
	maxSize   = 256 << 20
	maxMounts = 1 << 20
)

// ErrSize is for a list that is longer than any list of mounts, or that has such a line.
var ErrSize = errors.New("the list of mounts has no end")

// All returns the mounts that r lists, in its order, each with a nil error. The last pair has the error, if there is any: a
// [ParseError], [ErrSize], or what reading failed with. A list without an end is read for a second or two, and with little memory.
func All(r io.Reader) iter.Seq2[Mount, error] {
	return func(yield func(Mount, error) bool) {
		rest := io.LimitedReader{R: r, N: maxSize}
		lines := bufio.NewScanner(&rest)
		lines.Buffer(make([]byte, 0, 16<<10), maxLine)
		for n := 0; lines.Scan(); n++ {
			if n == maxMounts || rest.N == 0 {
				yield(Mount{}, ErrSize)
				return
			}
			m, ok := parse(lines.Bytes())
			if !ok && lines.Err() != nil {
				break // the beginning of a line that could not be read to its end
			}
			if !ok {
				yield(Mount{}, &ParseError{lines.Text()})
				return
			}
			if !yield(m, nil) {
				return
			}
		}
		err := lines.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = ErrSize
		}
		if err != nil {
			yield(Mount{}, err)
		}
	}
}

// Fields before the optional ones, which end with a field "-".
const (
	fieldID = iota
	fieldParent
	fieldDev
	fieldRoot
	fieldPoint
	fieldOptions
	fieldsFixed
)

func parse(line []byte) (m Mount, ok bool) {
	fields := bytes.Split(line, []byte(" ")) // one blank each: a field can be empty
	if len(fields) < fieldsFixed {
		return m, false
	}
	var err1, err2 error
	m.ID, err1 = strconv.Atoi(string(fields[fieldID]))
	m.Parent, err2 = strconv.Atoi(string(fields[fieldParent]))
	if err1 != nil || err2 != nil || !bytes.Contains(fields[fieldDev], []byte(":")) {
		return m, false
	}
	m.Dev = string(fields[fieldDev])
	m.Root = unescape(string(fields[fieldRoot]))
	m.Point = unescape(string(fields[fieldPoint]))
	rest := fields[fieldsFixed:]
	for ; len(rest) > 0 && string(rest[0]) != "-"; rest = rest[1:] {
		tag, value, _ := strings.Cut(string(rest[0]), ":")
		group, err := strconv.Atoi(value)
		switch {
		case tag == "shared" && err == nil:
			m.Shared = group
		case tag == "master" && err == nil:
			m.Master = group
		case tag == "unbindable":
			m.Unbindable = true
		}
	}
	if len(rest) < 3 { // "-", type, source
		return m, false
	}
	m.FSType = unescape(string(rest[1]))
	m.Source = unescape(string(rest[2]))
	return m, true
}

// unescape undoes the escapes of blank, tab, newline, backslash and "#": a backslash and three octal digits.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
