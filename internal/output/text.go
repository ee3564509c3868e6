package output

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text returns s as it can be shown on one line of a terminal: what is not printable, such as newlines, escape sequences,
// marks that change the direction of writing and invalid UTF-8, is escaped as in a Go string. Text that is printable is
// returned unchanged.
func Text(s string) string {
	if printable(s) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func printable(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
