// Package sockets looks at the sockets of the calling thread's network namespace (proc_pid_net(5)).
//
// # Thread rules
//
// Every call works on the namespace that the calling thread is in when the call is made.
package sockets

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Listener is a socket that waits for others: a TCP socket that listens, or a UDP socket without a peer.
type Listener struct {
	Protocol string // "tcp" or "udp"
	Address  netip.AddrPort
}

// The states of sockets in the files of /proc, and what is to be found in which file.
const (
	listening   = "0A" // TCP_LISTEN
	unconnected = "07" // TCP_CLOSE, which is what UDP uses
)

var files = []struct{ name, protocol, state string }{
	{"tcp", "tcp", listening}, {"tcp6", "tcp", listening}, {"udp", "udp", unconnected}, {"udp6", "udp", unconnected},
}

// Listeners returns who listens, by protocol, port and address, each once however many sockets share the address. The error says
// which file of /proc could not be read. A protocol that the kernel does not have has no sockets.
func Listeners() ([]Listener, error) {
	var all []Listener
	if _, err := os.Stat("/proc/thread-self/net"); err != nil {
		return nil, err
	}
	for _, file := range files {
		f, err := os.Open("/proc/thread-self/net/" + file.name)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := read(f, file.protocol, file.state)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", f.Name(), err)
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Address.Port(), b.Address.Port()), a.Address.Compare(b.Address))
	})
	return slices.Compact(all), nil
}

// read takes the sockets that are in the state out of one of the files.
func read(r io.Reader, protocol, state string) ([]Listener, error) {
	var found []Listener
	lines := bufio.NewScanner(r)
	lines.Scan() // the heading
	for lines.Scan() {
		// sl local_address rem_address st ...
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			return nil, fmt.Errorf("unexpected line %q", lines.Text())
		}
		if fields[3] != state {
			if protocol == "tcp" {
				break // the kernel tells those that listen first, and of others there can be very many
			}
			continue
		}
		address, err := parse(fields[1])
		if err != nil {
			return nil, err
		}
		found = append(found, Listener{protocol, address})
	}
	return found, lines.Err()
}

// parse reads an address as the kernel prints it: each 32 bits of it as a number of this machine, then the port.
func parse(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	raw, err1 := hex.DecodeString(host)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err1 != nil || err2 != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("unexpected address %q", text)
	}
	for word := raw; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	address, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(address, uint16(number)), nil
}
