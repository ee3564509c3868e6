package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"gons/internal/output"

	"github.com/spf13/cobra"
)

// A column is one thing that can be told about an item of a list.
type column[T any] struct {
	name, about string
	cell        func(T) string
}

// A listing is the output side of every command that prints a list: the flags by which the user chooses the form, and the
// writing in that form.
type listing[T any] struct {
	columns []column[T]
	usual   []string // the columns that are shown unless others are chosen
	// plain returns the one line that scripts get for an item if they did not choose a form.
	plain func(T) string
	// alert, if not nil, tells whether the cell of a column deserves colour.
	alert func(column, cell string) bool

	json, noHeading bool
	color           string
	chosen          []string
}

// register adds the flags of the listing to cmd and its columns to the help.
func (l *listing[T]) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&l.json, "json", "j", false, "write JSON")
	flags.VarP(columnsFlag[T]{l}, "output", "o", "columns to show, separated by commas; +COLUMNS adds to the usual ones")
	flags.Var(allColumnsFlag[T]{l}, "output-all", "show all columns")
	flags.Lookup("output-all").NoOptDefVal = "true"
	flags.BoolVarP(&l.noHeading, "no-heading", "n", false, "leave the heading out")
	flags.Var(colorFlag{&l.color}, "color", "mark what needs attention: auto, always or never")
	completeFlag(cmd, "output", l.completeColumns)
	completeFlag(cmd, "color", oneOf(colorWords()...))
	width := 0
	for _, col := range l.columns {
		width = max(width, len(col.name))
	}
	var help strings.Builder
	help.WriteString("\n\nColumns:")
	for _, col := range l.columns {
		fmt.Fprintf(&help, "\n  %-*s  %s", width, col.name, col.about)
	}
	cmd.Long += help.String()
}

// shows tells whether the user chose the column.
func (l *listing[T]) shows(name string) bool { return slices.Contains(l.chosen, name) }

// isPlain tells whether the output is the lines for scripts.
func (l *listing[T]) isPlain(c *cli) bool {
	return !l.json && l.chosen == nil && l.color != "always" && !output.IsTerminal(c.stdout)
}

// write writes items, which must not be nil, to the standard output in the form that the user chose.
func (l *listing[T]) write(c *cli, items []T) error {
	switch {
	case l.json:
		return output.JSON(c.stdout, items)
	case l.isPlain(c):
		var b strings.Builder
		for _, item := range items {
			b.WriteString(l.plain(item))
			b.WriteByte('\n')
		}
		_, err := fmt.Fprint(c.stdout, b.String())
		return err
	}
	if l.color != "always" && !output.IsTerminal(c.stdout) {
		return l.table(items).WriteRecords(c.stdout)
	}
	columns, _ := output.Size(c.stdout)
	return l.writeAligned(c.stdout, items, columns)
}

// writeAligned writes items as a table of at most that many columns of the terminal, 0 for as many as it takes.
func (l *listing[T]) writeAligned(w io.Writer, items []T, columns int) error {
	table := l.table(items)
	table.Width = columns
	table.Keep = max(0, slices.Index(table.Header, "NAME"))
	style := l.style(table.Header)
	if l.noHeading {
		table.Header = nil
	}
	return table.WriteAligned(w, style)
}

func (l *listing[T]) table(items []T) *output.Table {
	names := l.chosen
	if names == nil {
		names = l.usual
	}
	table := &output.Table{Header: names, Rows: make([][]string, len(items))}
	for i, item := range items {
		for _, name := range names {
			table.Rows[i] = append(table.Rows[i], l.column(name).cell(item))
		}
	}
	return table
}

func (l *listing[T]) column(name string) *column[T] {
	i := slices.IndexFunc(l.columns, func(c column[T]) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &l.columns[i]
}

// style returns the function that colours cells, or nil if there is to be no colour.
func (l *listing[T]) style(names []string) func(int, string) (string, string) {
	// https://no-color.org: any value but the empty one means no colour.
	if l.alert == nil || l.color == "never" || l.color != "always" && os.Getenv("NO_COLOR") != "" {
		return nil
	}
	return func(i int, cell string) (before, after string) {
		if l.alert(names[i], cell) {
			return "\x1b[33m", "\x1b[0m"
		}
		return "", ""
	}
}

// columnsFlag is the value of --output.
type columnsFlag[T any] struct{ of *listing[T] }

func (f columnsFlag[T]) Type() string { return "COLUMNS" }

func (f columnsFlag[T]) String() string {
	if f.of == nil {
		return ""
	}
	return strings.Join(f.of.usual, ",")
}

func (f columnsFlag[T]) Set(value string) error {
	added, more := strings.CutPrefix(value, "+")
	var names []string
	if more {
		names = slices.Clone(f.of.usual)
	}
	for name := range strings.SplitSeq(added, ",") {
		name = strings.ToUpper(name)
		if f.of.column(name) == nil {
			var known []string
			for _, col := range f.of.columns {
				known = append(known, col.name)
			}
			return fmt.Errorf("no column %q, there are %s", name, strings.Join(known, ", "))
		}
		if more && slices.Contains(names, name) {
			continue // what is there needs no adding
		}
		names = append(names, name)
	}
	f.of.chosen = names
	return nil
}

// allColumnsFlag is the value of --output-all, which means the same as --output with all columns.
type allColumnsFlag[T any] struct{ of *listing[T] }

func (allColumnsFlag[T]) Type() string { return "bool" }

func (allColumnsFlag[T]) IsBoolFlag() bool { return true }

func (allColumnsFlag[T]) String() string { return "false" }

func (f allColumnsFlag[T]) Set(value string) error {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return errors.New("must be true or false")
	}
	f.of.chosen = nil
	for _, col := range f.of.columns {
		if on {
			f.of.chosen = append(f.of.chosen, col.name)
		}
	}
	return nil
}

// colorFlag is the value of --color.
type colorFlag struct{ value *string }

func (f colorFlag) Type() string { return "WHEN" }

func (f colorFlag) String() string {
	if f.value == nil || *f.value == "" {
		return "auto"
	}
	return *f.value
}

func colorWords() []string { return []string{"auto", "always", "never"} }

func (f colorFlag) Set(value string) error {
	if !slices.Contains(colorWords(), value) {
		return fmt.Errorf("must be auto, always or never")
	}
	*f.value = value
	return nil
}
