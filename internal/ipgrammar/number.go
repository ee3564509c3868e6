package ipgrammar

import (
	"strconv"
	"strings"
)

// number reads a signed 32-bit number as strtol(3) does with base 0: blanks and a sign may come first, 0x means hexadecimal and any
// other leading zero means octal.
func number(word string) (int, bool) {
	digits := strings.TrimLeft(word, " \t\n\v\f\r")
	sign := ""
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		sign, digits = digits[:1], digits[1:]
	}
	base := 10
	switch {
	case len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X"):
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base = 8
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' {
		return 0, false // ParseInt would take another sign
	}
	n, err := strconv.ParseInt(sign+digits, base, 32)
	return int(n), err == nil
}

// isDigits tells whether word has nothing but decimal digits in it.
func isDigits(word string) bool { return strings.Trim(word, "0123456789") == "" }
