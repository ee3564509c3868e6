package completion

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gons/internal/output"
)

// A Kind says what can stand at the place of the cursor.
type Kind uint8

// The kinds of answers.
const (
	Words   Kind = iota // one of some words, or nothing that is known
	Files               // a file
	Dirs                // a directory
	Command             // a command line of its own starts at or before the cursor
)

// An Offer is a word that can stand at the place of the cursor.
type Offer struct {
	Word  string // the whole word, unquoted
	About string // what it is, in a few characters; may be empty
	Open  bool   // the word is only the beginning of one: no blank after it
}

// An Answer is what can stand at the place of the cursor.
type Answer struct {
	Kind   Kind
	Offers []Offer // if Words
	From   int     // if Command: the index of its first word, counted as in [Request.Words]
}

// A Request is a command line up to the cursor.
type Request struct {
	Words []string // the complete words before that of the cursor, unquoted; the first is gons itself
	Word  string   // the word that the cursor is in, as far as it goes before the cursor, unquoted
	// Choosy is set if the shell picks from the offers itself, by rules of its own (upper and lower case, parts in the middle).
	Choosy bool

	write func(*Request, io.Writer, Answer) error
	line  bashLine
}

// Read reads what the script for the shell has handed over. It returns nil if the shell is not known or if it is too little.
func Read(shell string, args []string) *Request {
	switch {
	case shell == "bash" && len(args) >= 3:
		return readBash(args[0], args[1], args[2], args[3:])
	case shell == "zsh" && len(args) >= 3:
		return readWords(args[0], args[1:], writeZsh)
	case shell == "fish" && len(args) >= 3:
		return readWords(args[0], args[1:], writeFish)
	}
	return nil
}

// readWords reads what the script has taken apart; quote is what is open at the cursor.
func readWords(quote string, words []string, write func(*Request, io.Writer, Answer) error) *Request {
	last := len(words) - 1
	r := &Request{Words: words[:last], Word: words[last], Choosy: true, write: write}
	if quote != "" {
		r.line.open = quoting(quote[0])
	}
	return r
}

// Write writes the answer for the script.
func (r *Request) Write(w io.Writer, a Answer) error { return r.write(r, w, a) }

// aboutWidth is how many characters of [Offer.About] are shown.
const aboutWidth = 60

// about is the description of an offer in a form that is safe to show, on one line.
func (o Offer) about() string {
	text := output.Text(o.About)
	if utf8.RuneCountInString(text) > aboutWidth {
		text = string([]rune(text)[:aboutWidth-3]) + "..."
	}
	return text
}

// columns adds what the offers are to the text that is shown for each, lined up.
func columns(texts []string, offers []Offer, before, after string) {
	if !slices.ContainsFunc(offers, func(o Offer) bool { return o.About != "" }) {
		return
	}
	width := 0
	for _, text := range texts {
		width = max(width, utf8.RuneCountInString(text))
	}
	width = min(width, 40)
	for i, o := range offers {
		if about := o.about(); about != "" {
			pad := max(width-utf8.RuneCountInString(texts[i]), 0) + 2
			texts[i] += strings.Repeat(" ", pad) + before + about + after
		}
	}
}
