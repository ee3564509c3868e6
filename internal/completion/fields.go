package completion

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gons/internal/output"
)

// writeZsh writes fields that each end in a NUL: the kind, and for each offer whether it is open, the word, and what to show
// for it. The shell quotes.
//
// Inside quotes zsh (5.9) quotes bytes that are not valid UTF-8 wrongly. Such a word is quoted here, which works as it does for bash.
func writeZsh(r *Request, w io.Writer, a Answer) error {
	var b strings.Builder
	field := func(s string) {
		b.WriteString(s)
		b.WriteByte(0)
	}
	switch a.Kind {
	case Files:
		field("files")
	case Dirs:
		field("dirs")
	case Command:
		field("command")
		field(strconv.Itoa(a.From + 1)) // arrays start at 1
	case Words:
		field("words")
		shown := make([]string, len(a.Offers))
		for i, o := range a.Offers {
			shown[i] = output.Text(o.Word)
		}
		columns(shown, a.Offers, "-- ", "")
		for i, o := range a.Offers {
			switch {
			case o.Open:
				field("open")
			case r.line.open != bare && !utf8.ValidString(o.Word):
				o.Word = quoteBash(o.Word, r.line.open)
				field("quoted")
			default:
				field("")
			}
			field(o.Word)
			field(shown[i])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFish is as writeZsh, with a tab between the word and what it is. The shell quotes, and knows by the last character of a word
// whether it is open.
func writeFish(r *Request, w io.Writer, a Answer) error {
	var b strings.Builder
	switch a.Kind {
	case Files:
		b.WriteString("files\x00")
	case Dirs:
		b.WriteString("dirs\x00")
	case Command:
		b.WriteString("command\x00" + strconv.Itoa(a.From+1) + "\x00")
	case Words:
		b.WriteString("words\x00")
		for _, o := range a.Offers {
			if fishCanQuote(o.Word, r.line.open) {
				b.WriteString(o.Word + "\t" + o.about() + "\x00")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fishCanQuote tells whether fish (3.6) puts a word on the line so that it means what it should. Bare, fish leaves a tilde alone; a tab is
// taken for the one before the description; inside quotes, what a terminal obeys is left as it is.
func fishCanQuote(word string, open quoting) bool {
	if open != bare {
		return output.Text(word) == word
	}
	return !strings.HasPrefix(word, "~") && !strings.Contains(word, "\t") && !strings.ContainsFunc(word, func(r rune) bool {
		return r >= utf8.RuneSelf && r != utf8.RuneError && !strconv.IsPrint(r)
	})
}
