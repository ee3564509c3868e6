package output

import (
	"bufio"
	"io"
	"strings"
)

// A Table is a header and rows of as many cells. Cells are shown through [Text].
type Table struct {
	Header []string
	Rows   [][]string

	Width int // how wide an aligned table may be, 0 for as wide as it is
	Keep  int // the column that is cut last if it is too wide
}

// gap is what is left between two columns.
const gap = 2

// WriteAligned writes the table for a reader: columns lined up with blanks, the header first unless there is none. What does not fit into
// Width is cut. style, if not nil, returns the escape sequences to put before and after a cell.
func (t *Table) WriteAligned(w io.Writer, style func(column int, cell string) (before, after string)) error {
	lines := make([][]string, 0, len(t.Rows)+1)
	if t.Header != nil {
		lines = append(lines, t.Header)
	}
	for _, cells := range t.Rows {
		line := make([]string, len(cells))
		for i, cell := range cells {
			line[i] = Text(cell)
		}
		lines = append(lines, line)
	}
	widths := t.widths(lines)
	b := bufio.NewWriter(w)
	for n, cells := range lines {
		isHeader := t.Header != nil && n == 0
		pad := 0
		for i, cell := range cells {
			text := Cut(cell, widths[i])
			if text == "" {
				if widths[i] > 0 {
					pad += widths[i] + gap
				}
				continue
			}
			b.WriteString(strings.Repeat(" ", pad))
			pad = widths[i] - width(text) + gap
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

// widths returns the widths of the columns. If there is not enough room for all, the widest ones are cut first, but not below
// their heading; then Keep is, and what is still too much is left out on the right, with a width of 0.
func (t *Table) widths(lines [][]string) []int {
	var widths, least []int
	for n, cells := range lines {
		for i, cell := range cells {
			if i == len(widths) {
				widths, least = append(widths, 0), append(least, leastWidth)
			}
			widths[i] = max(widths[i], width(cell))
			if n == 0 && t.Header != nil {
				least[i] = max(least[i], width(cell))
			}
		}
	}
	if t.Width <= 0 {
		return widths
	}
	excess := -t.Width - gap
	for _, w := range widths {
		excess += w + gap
	}
	for ; excess > 0; excess-- {
		widest := -1
		for i, w := range widths {
			if i != t.Keep && w > least[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	if excess > 0 && t.Keep < len(widths) {
		less := max(0, min(excess, widths[t.Keep]-leastWidth))
		widths[t.Keep] -= less
		excess -= less
	}
	room := t.Width
	for i, w := range widths {
		widths[i] = max(0, min(w, room))
		room -= w + gap
	}
	return widths
}

// leastWidth is that to which a column is cut as long as there is room for others.
const leastWidth = 4

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
