package output

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// A Table is a header and rows of as many cells. Cells are shown through [Text].
type Table struct {
	Header []string
	Rows   [][]string
}

// WriteAligned writes the table for a reader: columns lined up with blanks, the header first unless there is none. style, if not nil,
// returns the escape sequences to put before and after a cell.
func (t *Table) WriteAligned(w io.Writer, style func(column int, cell string) (before, after string)) error {
	lines := t.Rows
	if t.Header != nil {
		lines = append([][]string{t.Header}, t.Rows...)
	}
	widths := map[int]int{}
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(Text(cell)))
		}
	}
	b := bufio.NewWriter(w)
	for n, cells := range lines {
		isHeader := t.Header != nil && n == 0
		pad := 0
		for i, cell := range cells {
			text := Text(cell)
			if text == "" {
				pad += widths[i] + 2
				continue
			}
			b.WriteString(strings.Repeat(" ", pad))
			pad = widths[i] - utf8.RuneCountInString(text) + 2
			if style != nil && !isHeader {
				before, after := style(i, cell)
				text = before + text + after
			}
			b.WriteString(text)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WriteRecords writes the rows for a program: one a line, cells separated by one tab, no header. As tabs and newlines
// inside cells are escaped, every record can be taken apart again.
func (t *Table) WriteRecords(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, cells := range t.Rows {
		for i, cell := range cells {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(Text(cell))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
