package ipgrammar

import "strings"

// Auto is the id by which the kernel is asked to choose one.
const Auto = -1

// A Request is what the words after "ip netns" ask for.
type Request struct {
	Command
	Name string   // Add, Attach, Set, Delete, PIDs, Exec: the namespace; empty with -all
	PID  string   // Identify: the process, empty for the caller
	Argv []string // Exec: the command and its arguments
	// Number is the process of Attach, or the id of Set, which can be Auto.
	Number int
	// Target and Only are the ids after target-nsid and nsid of ListID; nil if they were not given.
	Target, Only *int
}

// maxName is NAME_MAX.
const maxName = 255

// ParseNetns reads the words after "ip netns". The error is an [Error].
//
// Unlike ip(8) it checks the names with -all as well, and refuses "-all netns delete NAME", which deletes all the others, too.
func ParseNetns(o Options, words []string) (*Request, error) {
	if len(words) == 0 {
		return &Request{Command: List}, nil
	}
	args := words[1:]
	// The first argument is checked as a name before it is known to be one.
	if !o.All && len(args) > 0 {
		if err := checkName(args[0]); err != nil {
			return nil, err
		}
	}
	command, ok := Lookup(words[0])
	if !ok {
		return nil, wrong("Command \"%s\" is unknown, try \"ip netns help\".", words[0])
	}
	r := &Request{Command: command}
	var err error
	switch command {
	case Help:
		err = ErrUsage
	case Exec:
		err = r.exec(o, args)
	case Delete:
		err = r.delete(o, args)
	case Identify:
		err = r.identify(args)
	case ListID:
		err = r.listID(args)
	case Add, Attach, Set, PIDs:
		err = r.named(args)
	case List, Monitor: // whatever follows is ignored
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func checkName(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > maxName || strings.Contains(name, "/") {
		return wrong("Invalid netns name \"%s\"", name)
	}
	return nil
}

var errNoName = failed("No netns name specified")

func (r *Request) exec(o Options, args []string) error {
	switch {
	case !o.All && len(args) == 0:
		return errNoName
	case !o.All:
		r.Name, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return failed("No command specified")
	}
	r.Argv = args
	return nil
}

func (r *Request) delete(o Options, args []string) error {
	switch {
	case o.All && len(args) > 0:
		return wrong("\"%s\" is one name, and -all means every name there is: give one or the other", args[0])
	case o.All:
		return nil
	case len(args) == 0:
		return errNoName
	}
	r.Name = args[0]
	return nil
}

func (r *Request) identify(args []string) error {
	switch {
	case len(args) > 1:
		return errSurplus
	case len(args) == 0:
		return nil
	case !isDigits(args[0]):
		return failed("Specified string '" + args[0] + "' is not a pid")
	}
	r.PID = args[0]
	return nil
}

var errSurplus = failed("extra arguments specified")

// named reads the arguments of the commands that start with a name.
func (r *Request) named(args []string) error {
	switch {
	case r.Command == Attach && len(args) < 2:
		return failed("No netns name and PID specified")
	case len(args) == 0:
		return errNoName
	case r.Command == Set && len(args) == 1:
		return failed("No nsid specified")
	case r.Command == PIDs && len(args) > 1:
		return errSurplus
	}
	if err := checkName(args[0]); err != nil { // not done yet with -all
		return err
	}
	r.Name = args[0]
	switch r.Command {
	case Attach:
		pid, ok := number(args[1])
		if !ok || pid == 0 {
			return failed("Invalid PID: " + args[1])
		}
		r.Number = pid
	case Set:
		return r.setID(args[1])
	}
	return nil
}

func (r *Request) setID(word string) error {
	if word == "auto" {
		r.Number = Auto
		return nil
	}
	id, ok := number(word)
	switch {
	case !ok:
		return wrong("Error: argument \"%s\" is wrong: Invalid \"netnsid\" value", word)
	case id < 0:
		return wrong("Error: argument \"%s\" is wrong: \"netnsid\" value should be >= 0", word)
	}
	r.Number = id
	return nil
}

// listID reads the filters of list-id, whose words cannot be cut short.
func (r *Request) listID(args []string) error {
	for len(args) > 0 {
		var into **int
		switch args[0] {
		case "target-nsid":
			into = &r.Target
		case "nsid":
			into = &r.Only
		default:
			return ErrUsage
		}
		switch {
		case *into != nil:
			return wrong("Error: duplicate \"%s\": \"%[1]s\" is the second value.", args[0])
		case len(args) == 1:
			return wrong("Command line is not complete. Try option \"help\"")
		}
		id, ok := number(args[1])
		switch {
		case !ok:
			return wrong("Error: argument \"%s\" is wrong: \"%s\" value is invalid", args[1], args[0])
		case id < 0:
			return wrong("Error: argument \"%s\" is wrong: \"%s\" value should be >= 0", args[1], args[0])
		}
		*into, args = &id, args[2:]
	}
	return nil
}
