//go:build linux && (amd64 || arm64) && !race

package early

import "unsafe"

// text is the string that starts at p and that a zero byte ends.
func text(p *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return unsafe.String(p, n)
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func cutPrefix(s, prefix string) (string, bool) {
	if !hasPrefix(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// contains tells whether word, which is not empty, is somewhere in s.
func contains(s, word string) bool {
	for ; len(s) >= len(word); s = s[1:] {
		if s[:len(word)] == word {
			return true
		}
	}
	return false
}

// isClean tells whether an absolute path is as path.Clean would have it.
func isClean(path string) bool {
	if path == "" || path[0] != '/' || path == "/" {
		return false
	}
	for path != "" {
		var element string
		element, path = cutAt(path[1:], '/')
		if element == "" || element == "." || element == ".." {
			return false
		}
	}
	return true
}

// cutAt returns what is before the first c in s, and the rest from that on.
func cutAt(s string, c byte) (before, rest string) {
	for i := range len(s) {
		if s[i] == c {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// isPlainName tells whether s is good for the name of an entry, an old or a new one, and means nothing else on a command line. Names that
// take a closer look are not plain.
func isPlainName(s string) bool {
	if s == "" || len(s) > 255 || s[0] == '-' || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '/' || s[i] == ':' {
			return false
		}
	}
	return true
}

// A path is the name of a file as the kernel takes it. The zero value is empty.
type path struct {
	text [1024]byte // a zero byte ends it
	size int
	long bool // it did not fit
}

func (p *path) add(s string) {
	if len(s) >= len(p.text)-p.size {
		p.long = true
		return
	}
	copy(p.text[p.size:], s)
	p.size += len(s)
	p.text[p.size] = 0
}

// addNumber adds n, which is not negative, in decimal.
func (p *path) addNumber(n int) {
	var digits [20]byte
	p.add(decimal(&digits, uint64(n)))
}

// cut makes it as short as it was when its size was that.
func (p *path) cut(size int) {
	if size >= 0 && size < len(p.text) {
		p.size, p.text[size] = size, 0
	}
}

// start is what the kernel takes, and string what Go does, as long as the path stays as it is.
func (p *path) start() *byte   { return &p.text[0] }
func (p *path) string() string { return unsafe.String(&p.text[0], p.size) }

// decimal writes n to the end of digits, which has room for any.
func decimal(digits *[20]byte, n uint64) string {
	at := len(digits)
	for {
		at--
		digits[at] = byte('0' + n%10)
		if n /= 10; n == 0 || at == 0 {
			return unsafe.String(&digits[at], len(digits)-at)
		}
	}
}

// parseNumber reads a decimal number of at most nine digits without a zero before them; it is 0 for anything else.
func parseNumber(s string) int {
	if s == "" || len(s) > 9 || s[0] == '0' {
		return 0
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}
