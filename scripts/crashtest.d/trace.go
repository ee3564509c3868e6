package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A point is a system call that gons makes: the Nth of that kind in any thread, counting only those that have to do
// with Path if there is one. Counting is done by strace, for each thread by itself.
type point struct {
	Call string
	Path string
	N    int
	Key  string // the call with its arguments, as far as they are the same each time

	Hidden bool // strace cannot tell it from a call of the start-up of Go, or does not know the call
}

func (p point) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s #%d", p.Call, p.N)
	}
	return fmt.Sprintf("%s #%d of %s", p.Call, p.N, p.Path)
}

// A call is one line of a trace.
type call struct {
	tid        string
	name       string
	args       string // with what follows, up to the end of the line
	isInjected bool   // an error
	isDelayed  bool   // at the exit
}

// parseTrace reads the output of strace -f -y. What a child did after an execve(2) of its own is left out, as is
// all that comes after that of gons.
func parseTrace(text string) []*call {
	var calls []*call
	open := map[string]*call{} // by thread: those that were interrupted by the output of another thread
	foreign := map[string]bool{}
	first := true
	for line := range strings.Lines(text) {
		tid, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if foreign[tid] || strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "+++") {
			continue
		}
		var c *call
		if strings.HasPrefix(rest, "<... ") {
			if c = open[tid]; c == nil {
				continue
			}
			delete(open, tid)
		} else {
			name, args, ok := strings.Cut(rest, "(")
			if !ok {
				continue
			}
			c = &call{tid: tid, name: name, args: args}
			calls = append(calls, c)
			if strings.HasSuffix(rest, "<unfinished ...>") {
				open[tid] = c
			}
		}
		c.isInjected = strings.Contains(rest, "(INJECTED)")
		c.isDelayed = strings.Contains(rest, "(DELAYED)")
		if c.name == "execve" && strings.HasSuffix(rest, "= 0") {
			foreign[tid] = !first
			first = false
		}
	}
	return calls
}

// startup returns how many of the calls belong to the start of Go: it ends when package os has looked at the
// descriptors 0, 1 and 2.
func startup(calls []*call) (int, error) {
	for i, c := range calls {
		if c.name == "fcntl" && strings.HasPrefix(c.args, "2<") && strings.Contains(c.args, "F_GETFL") {
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("the end of the start of Go is not in the trace of %d calls", len(calls))
}

// points lists the points in a trace of all calls.
func points(calls []*call) ([]point, error) {
	begin, err := startup(calls)
	if err != nil {
		return nil, err
	}
	var list []point
	early := map[string]int{}
	for i, c := range calls {
		if i < begin {
			early[c.name]++
			continue
		}
		p := point{Call: c.name, Path: c.path(), Key: c.key()}
		for _, earlier := range calls[:i+1] {
			if earlier.tid == c.tid && earlier.name == c.name && (p.Path == "" || earlier.mentions(p.Path)) {
				p.N++
			}
		}
		// strace would hit the same call of the start-up first, or has no name for the call and does not inject then.
		p.Hidden = p.Path == "" && p.N <= early[c.name] || strings.HasPrefix(c.name, "syscall_")
		list = append(list, p)
	}
	return list, nil
}

// nth is the call that p means in a trace which has only calls of that kind and path, nil if it was not reached.
func nth(calls []*call, p point) *call {
	count := map[string]int{}
	for _, c := range calls {
		if c.name != p.Call {
			continue
		}
		if count[c.tid]++; count[c.tid] == p.N {
			return c
		}
	}
	return nil
}

var (
	quoted    = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	ofFD      = regexp.MustCompile(`(?:^|[ ,({])\d+<(/[^>]*)>`)
	process   = regexp.MustCompile(`/proc/\d+\b`)
	pointer   = regexp.MustCompile(`0x[0-9a-f]+`)
	result    = regexp.MustCompile(`\)\s+= `)
	fdPath    = regexp.MustCompile(`<[^>]*>`)
	fdNumber  = regexp.MustCompile(`\b\d+<[^>]*>`)
	withBytes = map[string]bool{ // calls whose quoted arguments are no paths
		"read": true, "write": true, "pread64": true, "pwrite64": true, "sendto": true, "recvfrom": true,
		"sendmsg": true, "recvmsg": true, "prctl": true, "getdents64": true, "ioctl": true, "uname": true, "getsockname": true,
		"fsopen": true, "fsconfig": true, "getcwd": true,
	}
)

// path is the file that the call is about, empty if it has none or one that is called differently each time.
func (c *call) path() string {
	if !withBytes[c.name] {
		strs := quoted.FindAllStringSubmatch(c.args, 2)
		if c.name == "mount" && len(strs) == 2 {
			strs = strs[1:]
		}
		if len(strs) > 0 && strs[0][1] != "" {
			return strs[0][1]
		}
	}
	m := ofFD.FindStringSubmatch(c.args)
	if m == nil || process.MatchString(m[1]) || strings.HasPrefix(m[1], "/dev/") {
		return ""
	}
	return m[1]
}

// mentions tells whether strace -P path takes the call.
func (c *call) mentions(path string) bool {
	return strings.Contains(c.args, `"`+path+`"`) || strings.Contains(c.args, "<"+path+">")
}

// key is the call with those arguments that are the same each time.
func (c *call) key() string {
	args, _, _ := strings.Cut(c.args, " <unfinished")
	if ends := result.FindAllStringIndex(args, -1); ends != nil {
		args = args[:ends[len(ends)-1][0]]
	}
	if withBytes[c.name] { // contents and counts differ
		args, _, _ = strings.Cut(args, ",")
	}
	args = fdPath.ReplaceAllString(fdNumber.ReplaceAllString(args, "FD"), "")
	args = process.ReplaceAllString(pointer.ReplaceAllString(args, "PTR"), "/proc/PID")
	if c.name == "newfstatat" || c.name == "fstat" || c.name == "statx" || c.name == "readlinkat" || c.name == "fstatfs" || c.name == "statfs" {
		args, _, _ = strings.Cut(args, ", {") // results
		args, _, _ = strings.Cut(args, ", PTR")
	}
	switch c.name { // the result again
	case "getcwd":
		args = ""
	case "readlinkat":
		args = strings.Join(strings.SplitN(args, ",", 3)[:min(2, strings.Count(args, ",")+1)], ",")
	}
	return c.name + "(" + strings.TrimRight(args, ", \n") + ")"
}

// readTrace reads the log that strace wrote.
func readTrace(log string) ([]*call, error) {
	b, err := os.ReadFile(log)
	return parseTrace(string(b)), err
}
