//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"gons/internal/nsfile"

	"golang.org/x/sys/unix"
)

// A program is what the kernel tells a program that it starts (execve(2), getauxval(3)), and what gons makes of it.
type program struct {
	args, env []*byte
	runDir    string // the run directory, absolute and clean
	etcDir    string // that of the files for /etc, likewise
	path      string // the value of PATH
	root      bool   // the user is root
}

const (
	defaultEtcDir = "/etc/netns"
	defaultPath   = "/bin:/usr/bin" // as in package exec
)

// start is called by the entry point with the stack as the kernel has prepared it. It returns if the runtime is to start.
func start(stack *uintptr) {
	var p program
	words := unsafe.Pointer(stack)
	count := int(*stack)
	if count < 2 {
		return
	}
	p.args = unsafe.Slice((**byte)(unsafe.Add(words, wordSize)), count)
	word := text(p.args[1])
	if !isEarly(word) || !p.isGons() || !p.read(unsafe.Add(words, wordSize*(1+count+1))) || !hasStandardFiles() {
		return
	}
	switch word {
	case "exec":
		p.exec()
	case "add":
		p.add()
	case "delete", "del", "rm":
		p.delete()
	case "list", "ls", "show":
		p.list()
	case "identify":
		p.identify()
	case "pids":
		p.pids()
	}
}

// isEarly tells whether there is a plain form of the command. Others lose no more time than this takes.
func isEarly(word string) bool {
	switch word {
	case "exec", "add", "delete", "del", "rm", "list", "ls", "show", "identify", "pids":
		return true
	}
	return false
}

// Only the entry point calls it, which linters do not read.
var _ = start

const wordSize = int(unsafe.Sizeof(uintptr(0)))

// isGons tells whether the program is called so, and not by one of the names under which it takes the words of ip(8).
func (p *program) isGons() bool {
	name := text(p.args[0])
	if name == "" || name[len(name)-1] == '/' { // which is not its last element
		return false
	}
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			name = name[i+1:]
			break
		}
	}
	return name != "ip" && name != "ipnetns"
}

// read reads the environment and what the kernel tells behind it. It returns false where the rest of gons is to decide.
func (p *program) read(environment unsafe.Pointer) bool {
	p.runDir, p.etcDir, p.path = nsfile.DefaultDir, defaultEtcDir, defaultPath
	hasPath, hasRun, hasEtc := false, false, false
	size := 0
	for ; ; size++ {
		entry := *(**byte)(unsafe.Add(environment, wordSize*size))
		if entry == nil {
			break
		}
		if *entry != 'G' && *entry != 'P' {
			continue
		}
		kv := text(entry)
		if value, ok := cutPrefix(kv, "PATH="); ok && !hasPath {
			p.path, hasPath = value, true
		}
		value, isRun := cutPrefix(kv, "GONS_RUN_DIR=")
		if isRun && value != "" {
			p.runDir = value
		}
		value, isEtc := cutPrefix(kv, "GONS_ETC_DIR=")
		if isEtc && value != "" {
			p.etcDir = value
		}
		// GODEBUG is about the runtime, so there has to be one. Of a variable that is there twice the rest of gons knows which one counts.
		if hasPrefix(kv, "GODEBUG=") || isRun && hasRun || isEtc && hasEtc {
			return false
		}
		hasRun, hasEtc = hasRun || isRun, hasEtc || isEtc
	}
	p.env = unsafe.Slice((**byte)(environment), size)
	var ids [4]uintptr
	found := 0 // a dynamic linker that takes variables away leaves something else in this place
	for vector := unsafe.Add(environment, wordSize*(size+1)); ; vector = unsafe.Add(vector, 2*wordSize) {
		value := *(*uintptr)(unsafe.Add(vector, wordSize))
		switch kind := *(*uintptr)(vector); kind {
		case atNull:
			p.root = ids == [4]uintptr{}
			return found == 5 && ids[0] == ids[1] && ids[2] == ids[3] && isClean(p.runDir) && isClean(p.etcDir)
		case atSecure:
			if value != 0 {
				return false
			}
			found++
		case atUID, atEUID, atGID, atEGID:
			ids[kind-atUID] = value
			found++
		}
	}
}

// The kinds of getauxval(3) that count here.
const (
	atNull   = 0
	atUID    = 11
	atEUID   = 12
	atGID    = 13
	atEGID   = 14
	atSecure = 23
)

// hasStandardFiles tells whether the standard input and outputs are open. Else a file that is opened here would be taken for one.
func hasStandardFiles() bool {
	for fd := range 3 {
		if _, errno := fcntl(fd, unix.F_GETFD); errno != 0 {
			return false
		}
	}
	return true
}
