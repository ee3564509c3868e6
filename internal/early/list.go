//go:build linux && (amd64 || arm64) && !race

package early

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A listed is one entry, a network namespace.
type listed struct {
	name   string
	handle nsHandle
	id     int32 // the nsid, or none
}

const none = -1

// list is "gons list" and "gons list --json" where the output is no terminal and every entry is a network namespace with a plain name that
// is mounted there.
func (p *program) list() {
	asJSON := len(p.args) == 3 && (text(p.args[2]) == "--json" || text(p.args[2]) == "-j")
	if len(p.args) > 2 && !asJSON || !isPlainOutput() {
		return
	}
	any, ok := hasIDs()
	var name path
	var dir directory
	name.add(p.runDir)
	if !ok || !dir.read(name.start()) {
		return
	}
	var with partner
	memory := with.memory(len(dir.names) * int(unsafe.Sizeof(listed{})))
	if memory == nil {
		return
	}
	all := unsafe.Slice((*listed)(memory), len(dir.names))
	for i := range all {
		item := &all[i]
		item.name, item.id = dir.names[i].name, none
		if !isPlainName(item.name) || dir.names[i].kind != unix.DT_REG ||
			!netHandle(dir.fd, unsafe.StringData(item.name), &item.handle) {
			return
		}
	}
	if any && !findIDs(all, &with) {
		return
	}
	const most = 128 // what there is beside the name
	size := len(all)*most + maxText
	room := newMemory(size, false)
	if room == nil {
		return
	}
	out := output{room: unsafe.Slice((*byte)(room), size)}
	if asJSON {
		out.addJSON(all)
	} else {
		out.addLines(all)
	}
	out.finish()
}

// addLines adds the lines of "ip netns list".
func (o *output) addLines(all []listed) {
	for i := range all {
		o.add(all[i].name)
		if all[i].id != none {
			o.add(" (id: ")
			o.addNumber(uint64(all[i].id))
			o.add(")")
		}
		o.add("\n")
	}
}

func (o *output) addJSON(all []listed) {
	o.add("[")
	for i := range all {
		if i > 0 {
			o.add(",")
		}
		o.add(`{"name":"`)
		o.addQuoted(all[i].name)
		o.add(`"`)
		if all[i].id != none {
			o.add(`,"id":`)
			o.addNumber(uint64(all[i].id))
		}
		o.add(`,"state":"ok","ns":`)
		o.addNumber(uint64(all[i].handle.ino))
		o.add(`,"source":"bind"}`)
	}
	o.add("]\n")
}

// addQuoted adds a plain name as it is written between quotes.
func (o *output) addQuoted(name string) {
	for i := range len(name) {
		if name[i] == '"' || name[i] == '\\' {
			o.add(`\`)
		}
		o.add(name[i : i+1])
	}
}
