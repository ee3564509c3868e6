package completion

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoteBash writes text so that bash takes it literally where open is open, and leaves it open.
func quoteBash(text string, open quoting) string { return quoteUntil(text, open, false) }

// quoteWhole is quoteBash for the end of a word. What is open is closed, as bash does not do it after text that ends in the same
// character, and does not do it twice.
func quoteWhole(text string, open quoting) string { return quoteUntil(text, open, true) }

func quoteUntil(text string, open quoting, end bool) string {
	var b strings.Builder
	inside := open // what is open at the end of b
	enter := func(q quoting) {
		if q == inside {
			return
		}
		// From one form to another, and back to the one that has to be open at the end.
		b.WriteString(map[quoting]string{bare: "", single: "'", double: `"`, ansi: "'"}[inside])
		b.WriteString(map[quoting]string{bare: "", single: "'", double: `"`, ansi: "$'"}[q])
		inside = q
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		char := text[i : i+size]
		i += size
		if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) {
			enter(ansi)
			for _, c := range []byte(char) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
			continue
		}
		switch {
		case open == single && char == "'":
			enter(bare)
			b.WriteString(`\'`)
		case open == double && char == "!": // a backslash before it would stay
			enter(single)
			b.WriteString(char)
		default:
			enter(open)
			if needsBackslash(r, open) {
				b.WriteByte('\\')
			}
			b.WriteString(char)
		}
	}
	switch {
	case !end:
		enter(open)
	case open == double && inside != double: // or bash would close what is not open
		enter(double)
		enter(bare)
	default:
		enter(bare)
	}
	return b.String()
}

// needsBackslash tells whether a character that is printable has to be quoted.
func needsBackslash(r rune, open quoting) bool {
	switch open {
	case single:
		return false
	case double:
		return strings.ContainsRune("$`\"\\", r)
	case ansi:
		return r == '\'' || r == '\\'
	}
	return r < utf8.RuneSelf && !strings.ContainsRune("@%+=:,./-_", r) && !isLetterOrDigit(r)
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// unescape reads what follows a backslash in $'...'. It returns what that stands for and how many bytes it takes.
func unescape(s string) (text string, size int) {
	if i := strings.IndexByte(`abefnrtvE`, s[0]); i >= 0 {
		return "\a\b\x1b\f\n\r\t\v\x1b"[i : i+1], 1
	}
	number := func(from, most, base int) (uint64, int) {
		n := from
		for n < len(s) && n < from+most {
			if _, err := strconv.ParseUint(s[n:n+1], base, 8); err != nil {
				break
			}
			n++
		}
		v, err := strconv.ParseUint(s[from:n], base, 32)
		if err != nil { // no digit
			return 0, 0
		}
		return v, n
	}
	switch s[0] {
	case 'x':
		if v, n := number(1, 2, 16); n > 0 {
			return string([]byte{byte(v)}), n
		}
	case 'u':
		if v, n := number(1, 4, 16); n > 0 {
			return string(rune(v)), n
		}
	case 'U':
		if v, n := number(1, 8, 16); n > 0 {
			return string(rune(v)), n
		}
	case 'c':
		if len(s) > 1 {
			return string([]byte{s[1] & 0x1f}), 2
		}
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, n := number(0, 3, 8)
		return string([]byte{byte(v)}), n
	case '\'', '"', '\\', '?':
		return s[:1], 1
	}
	return `\` + s[:1], 1
}
