package ipgrammar

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// A Batch reads the lines of a file for "ip -batch".
type Batch struct {
	in   *bufio.Reader
	line int
}

// NewBatch returns a Batch that reads in.
func NewBatch(in io.Reader) *Batch { return &Batch{in: bufio.NewReader(in)} }

// Line is the number of the line that was read last, counted from 1.
func (b *Batch) Line() int { return b.line }

// Next returns the words of the next line that has any. "#" starts a comment wherever it is, a backslash at the end continues the line, and
// a word that starts with a quote, single or double, goes up to the next one; there is no way to quote a quote.
//
// The error is [io.EOF] at the end, an [Error] for a quote that is never closed, one with the status 0 for a last line that says it
// goes on, or that of the reader.
func (b *Batch) Next() ([]string, error) {
	for {
		line, err := b.read()
		if err != nil {
			return nil, err
		}
		for strings.HasSuffix(line, "\\\n") {
			more, err := b.read()
			if errors.Is(err, io.EOF) {
				return nil, &Error{Text: "Missing continuation line"}
			}
			if err != nil {
				return nil, err
			}
			line = strings.TrimSuffix(line, "\\\n") + more
		}
		words, err := split(line)
		if err != nil || len(words) > 0 {
			return words, err
		}
	}
}

// read returns the next line with its newline, without its comment. What comes after a NUL byte does not count either.
func (b *Batch) read() (string, error) {
	line, err := b.in.ReadString('\n')
	if line == "" && err != nil {
		return "", err
	}
	b.line++
	if i := strings.IndexAny(line, "#\x00"); i >= 0 {
		line = line[:i]
	}
	return line, nil
}

const blanks = " \t\r\n"

func split(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return words, nil
		}
		word, rest := line, ""
		if quote := line[0]; quote == '"' || quote == '\'' {
			end := strings.IndexByte(line[1:], quote)
			if end < 0 {
				return nil, failed("Unterminated quoted string")
			}
			word, rest = line[1:end+1], line[end+2:]
		} else if end := strings.IndexAny(line, blanks); end >= 0 {
			word, rest = line[:end], line[end+1:]
		}
		words, line = append(words, word), rest
	}
}
