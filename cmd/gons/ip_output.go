package main

import (
	"bytes"
	"fmt"
	"strings"

	"gons/internal/ipgrammar"
	"gons/internal/output"
)

// An ipObject is one item of the JSON of ip(8), with its members in their order.
type ipObject []ipMember

type ipMember struct {
	key   string
	value any // a string or a number
}

// writeIP writes the lines, or the objects where JSON is asked for.
func (c *cli) writeIP(o ipgrammar.Options, lines []string, objects []ipObject) error {
	var b strings.Builder
	if o.JSON {
		if err := writeIPObjects(&b, objects, o.Pretty); err != nil {
			return err
		}
	} else {
		for _, line := range lines {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	_, err := fmt.Fprint(c.stdout, b.String())
	return err
}

// writeIPObjects writes a JSON array with the blanks and the line ends that ip(8) puts into one.
func writeIPObjects(b *strings.Builder, objects []ipObject, pretty bool) error {
	open, comma, end := "", "", ""
	if pretty {
		open, comma, end = "\n        ", "\n        ", "\n    "
		b.WriteString("[ ")
	} else {
		b.WriteString("[")
	}
	for i, object := range objects {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("{")
		before := open
		for _, member := range object {
			b.WriteString(before)
			before = "," + comma
			var value bytes.Buffer
			if err := output.JSON(&value, member.value); err != nil {
				return err
			}
			fmt.Fprintf(b, "%q:", member.key)
			if pretty {
				b.WriteString(" ")
			}
			b.Write(bytes.TrimSuffix(value.Bytes(), []byte("\n")))
		}
		b.WriteString(end + "}")
	}
	if pretty && len(objects) > 0 {
		b.WriteString(" ")
	}
	b.WriteString("]\n")
	return nil
}
