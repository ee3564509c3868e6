package ipgrammar

import (
	"slices"
	"strings"
)

// Options are what comes before the object and matters to "ip netns".
type Options struct {
	All    bool // -all
	JSON   bool // -json
	Pretty bool // -pretty
	Force  bool // -force
}

// A Kind is what is to be done with a [Call].
type Kind uint8

// The kinds of calls.
const (
	Foreign Kind = iota // not about namespaces, or for ip(8) itself to answer
	Netns               // "ip netns ..."
	Enter               // -netns NAME: do the rest in the namespace NAME
	File                // -batch FILE
)

// A Call is a command line of ip(8).
type Call struct {
	Kind
	Options
	Name string // Enter: the namespace; File: the file
	// Args are the words after "netns" (Netns), the line without this -netns (Enter), the options that are not about
	// the batch (File), or the line as it is (Foreign).
	Args []string
	// Object is the word that a foreign line is about: an object such as link, or an option that ends the line such as -Version; empty
	// if there is none.
	Object string
}

// netnsObject is the object that this package is about. Its abbreviations must not be shorter than shortestNetns: "ne" is neighbor.
const (
	netnsObject   = "netns"
	shortestNetns = "net"
)

// IsNetns tells whether ip(8) takes word for the object netns.
func IsNetns(word string) bool { return len(word) >= len(shortestNetns) && means(word, netnsObject) }

// families are what -family can be.
var families = []string{"inet", "inet6", "mpls", "bridge", "link"}

// Parse reads the words after the name of the program. isNetns says that the name was ipnetns, so that the words after the options are
// those after "netns". There are no errors: what this package does not know is for ip(8) to judge.
func Parse(args []string, isNetns bool) *Call {
	p := &parser{args: args}
	for p.next < len(args) && strings.HasPrefix(args[p.next], "-") {
		word := args[p.next]
		p.next++
		if word == "--" {
			break
		}
		if call := p.option(strings.TrimPrefix(word, "-"), word); call != nil {
			return call
		}
	}
	rest := args[p.next:]
	switch {
	case p.isBatch:
		return &Call{Kind: File, Options: p.Options, Name: p.file, Args: p.kept}
	case isNetns:
		return &Call{Kind: Netns, Options: p.Options, Args: rest}
	case len(rest) == 0:
		return p.foreign("")
	case IsNetns(rest[0]):
		return &Call{Kind: Netns, Options: p.Options, Args: rest[1:]}
	}
	return p.foreign(rest[0])
}

type parser struct {
	Options
	args    []string
	next    int
	kept    []string // the options that are not about the batch
	isBatch bool
	file    string
}

func (p *parser) foreign(object string) *Call {
	return &Call{Kind: Foreign, Options: p.Options, Args: p.args, Object: object}
}

// option reads one option, word, and its value. It returns nil to go on with the next one, or a call if the option says what kind it
// is. With two dashes word has lost one of them already if name starts with a dash.
func (p *parser) option(name, word string) *Call {
	if !strings.HasPrefix(name, "-") {
		name = "-" + name
	}
	start := p.next - 1
	switch long := longOption(name); long {
	case "-netns":
		if p.next == len(p.args) {
			return &Call{Kind: Enter, Name: "(null)", Args: p.args[:start]} // so it calls a name that is missing
		}
		return &Call{Kind: Enter, Name: p.args[p.next], Args: slices.Concat(p.args[:start], p.args[p.next+1:])}
	case "-batch":
		if p.next == len(p.args) {
			return p.foreign(word)
		}
		p.isBatch, p.file = true, p.args[p.next]
		p.next++
		return nil
	case "-force":
		p.Force = true
		return nil
	case "-family", "-loops", "-rcvbuf":
		if p.next == len(p.args) || long == "-family" && !slices.Contains(families, p.args[p.next]) {
			return p.foreign(word)
		}
		p.next++
	case "-all":
		p.All = true
	case "-json":
		p.JSON = true
	case "-pretty":
		p.Pretty = true
	case "", "-Version", "-help":
		return p.foreign(word)
	}
	p.kept = append(p.kept, p.args[start:p.next]...)
	return nil
}
