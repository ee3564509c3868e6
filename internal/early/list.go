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
	if !dir.lookAt(all, any, &with) {
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

// worthPartner is for how many entries with ids it saves time to share the work with another process. Without ids it never does: both wait for the
// same counters of the kernel.
const worthPartner = 256

// lookAt fills in what the entries are, and their ids if they have any. To find an id the kernel goes through those that are lower (Linux 6.18), so
// that two processes that take turns have the same to do.
func (d *directory) lookAt(all []listed, withIDs bool, with *partner) bool {
	if !withIDs || len(all) < worthPartner {
		return d.lookInTurn(all, withIDs, 0, 1)
	}
	if !with.start() {
		return false
	}
	if with.isMe() {
		with.end(d.lookInTurn(all, withIDs, 1, 2))
	}
	ok := d.lookInTurn(all, withIDs, 0, 2)
	return with.join() && ok
}

// lookInTurn is lookAt for one of so many processes, which are numbered from 0.
func (d *directory) lookInTurn(all []listed, withIDs bool, number, processes int) bool {
	ids := -1
	if withIDs {
		fd, errno := socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
		if errno != 0 {
			return false
		}
		ids = fd
	}
	var questions [batch]question
	ok := true
	for start := number * batch; ok && start < len(all); start += processes * batch {
		end := min(start+batch, len(all))
		ok = d.lookAtSome(all[start:end], d.names[start:end]) && (!withIDs || askIDs(ids, all[start:end], &questions))
	}
	if withIDs {
		closeFile(ids)
	}
	return ok
}

// lookAtSome fills in what entries are. It returns false if one is no network namespace, or its name is not plain.
func (d *directory) lookAtSome(some []listed, names []dirEntry) bool {
	for i := range some {
		item := &some[i]
		item.name, item.id = names[i].name, none
		if !isPlainName(item.name) || names[i].kind != unix.DT_REG ||
			!netHandle(d.fd, unsafe.StringData(item.name), &item.handle) {
			return false
		}
	}
	return true
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
