package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gons/internal/links"
	"gons/internal/output"
)

// namedMost is how many processes, or listeners, are named for a reader; JSON has all of them.
const namedMost = 10

// writeInspected writes the namespaces for a reader.
func (c *cli) writeInspected(found []*inspected, color string) error {
	var b strings.Builder
	columns, _ := output.Size(c.stdout)
	if !output.IsTerminal(c.stdout) && color != "always" {
		color = "never"
	}
	for n, i := range found {
		if n > 0 {
			b.WriteByte('\n')
		}
		if err := i.writeText(&b, columns, color); err != nil {
			return err
		}
	}
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// writeText writes first what the namespace is, then a table of the devices.
func (i *inspected) writeText(w io.Writer, columns int, color string) error {
	if err := (&output.Table{Rows: i.facts()}).WriteAligned(w, nil); err != nil || len(i.Devices) == 0 {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	out := deviceListing(color)
	return out.writeAligned(w, deviceRows(i.Devices), columns)
}

// facts are the lines about the namespace itself, each with what it is about and what is to be said. Where there is more than
// one thing to say about something the others follow below.
func (i *inspected) facts() [][]string {
	var rows [][]string
	add := func(about string, what ...string) {
		for _, w := range what {
			rows = append(rows, []string{about, w})
			about = ""
		}
	}
	if i.Target != i.Name {
		add("target", i.Target)
	}
	for _, n := range i.Names {
		add("name", n.text())
	}
	add("state", i.State)
	add("namespace", i.numbers())
	if !i.Since.IsZero() {
		add("since", i.Since.Format(time.DateTime))
	}
	if i.Procs != nil {
		var processes, threads []string
		for _, p := range i.Processes {
			if p.TID == 0 {
				processes = append(processes, fmt.Sprintf("%d %s", p.PID, p.Command))
			} else {
				threads = append(threads, fmt.Sprintf("%d %s, of process %d", p.TID, p.Command, p.PID))
			}
		}
		add("processes", first(processes))
		if len(threads) > 0 {
			add("threads", first(threads))
		}
	}
	if len(i.Listening) > 0 {
		var listeners []string
		for _, l := range i.Listening {
			listeners = append(listeners, l.text())
		}
		add("listening", first(listeners))
	}
	for k, r := range i.Routes {
		add([]string{"routes", ""}[min(k, 1)], r.text)
	}
	return rows
}

// first is how many there are, and what the first ones are.
func first(all []string) string {
	n := len(all)
	if n == 0 {
		return "0"
	}
	text := fmt.Sprintf("%d: %s", n, strings.Join(all[:min(n, namedMost)], ", "))
	if n > namedMost {
		text += fmt.Sprintf(" and %d more", n-namedMost)
	}
	return text
}

// numbers are those by which others know the namespace.
func (i *inspected) numbers() string {
	text := strconv.FormatUint(i.NS, 10)
	if i.ID != nil {
		text += fmt.Sprintf(", id %d", *i.ID)
	}
	if i.Cookie != 0 {
		text += fmt.Sprintf(", cookie %d", i.Cookie)
	}
	if i.Here {
		text += ", here"
	}
	return text
}

func (n inspectedName) text() string {
	text := fmt.Sprintf("%s (%s): %s", n.Name, n.Source, n.Path)
	if n.Link != "" {
		text += " -> " + n.Link
	}
	return text
}

// A deviceRow is a line of the table of devices: a device, or another address of the one above.
type deviceRow struct {
	device  inspectedDevice
	more    bool
	address string
}

func deviceRows(devices []inspectedDevice) []deviceRow {
	var rows []deviceRow
	for _, d := range devices {
		row := deviceRow{device: d}
		for _, address := range append(slices.Clone(d.Addresses), "")[:max(1, len(d.Addresses))] {
			row.address = address
			rows = append(rows, row)
			row.more = true
		}
	}
	return rows
}

// deviceListing is the table of devices.
func deviceListing(color string) *listing[deviceRow] {
	out := &listing[deviceRow]{
		color: color,
		alert: func(column, cell string) bool {
			return column == "STATE" && slices.Contains([]string{links.IsDown, links.NoCarrier, links.Dormant}, cell)
		},
	}
	for _, col := range []struct {
		name string
		cell func(d *inspectedDevice) string
	}{
		{"DEVICE", func(d *inspectedDevice) string { return d.Name }},
		{"KIND", func(d *inspectedDevice) string { return d.Kind }},
		{"STATE", func(d *inspectedDevice) string { return d.State }},
		{"ADDRESS", nil},
		{"MAC", func(d *inspectedDevice) string { return d.MAC }},
		{"MTU", func(d *inspectedDevice) string { return strconv.Itoa(d.MTU) }},
		{"MASTER", func(d *inspectedDevice) string { return d.Master }},
		{"LINK", (*inspectedDevice).link},
	} {
		out.usual = append(out.usual, col.name)
		out.columns = append(out.columns, column[deviceRow]{name: col.name, cell: func(r deviceRow) string {
			switch {
			case col.cell == nil:
				return r.address
			case r.more:
				return ""
			}
			return col.cell(&r.device)
		}})
	}
	return out
}
