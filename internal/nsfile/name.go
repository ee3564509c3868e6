package nsfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is NAME_MAX (limits.h): a name is one file name.
const maxName = 255

// CheckName tells whether name can be an entry at all. It returns an [Error] that is [ErrName] for a name that is empty, "."
// or "..", longer than 255 bytes, or that has a slash or a NUL byte in it.
func CheckName(name string) error {
	switch {
	case name == "":
		return badName(name, "it is empty")
	case name == "." || name == "..":
		return badName(name, "it stands for a directory")
	case len(name) > maxName:
		return badName(name, fmt.Sprintf("it has %d bytes, at most %d are possible", len(name), maxName))
	case strings.ContainsRune(name, '/'):
		return badName(name, "it has a slash in it")
	case strings.ContainsRune(name, 0):
		return badName(name, "it has a NUL byte in it")
	}
	return nil
}

// CheckNewName is CheckName for an entry that is yet to be made. It also refuses a leading dash, which looks like a
// flag, the names of symlinks on their way, as well as control characters and invalid UTF-8, which terminals and scripts trip over.
func CheckNewName(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	switch {
	case name[0] == '-':
		return badName(name, "it starts with a dash")
	case isTemporary(name):
		return badName(name, "names that start with \""+temporaryPrefix+"\" are not shown")
	case !utf8.ValidString(name):
		return badName(name, "it is not valid UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return badName(name, "it has a control character in it")
	}
	return nil
}

func badName(name, why string) error {
	return &Error{Op: "use the name", Name: name, Err: &reason{ErrName, why}}
}
