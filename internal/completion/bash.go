package completion

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gons/internal/output"
)

// writeBash writes lines: the kind, "words", "open" (no blank follows), "files", "dirs" or "command" with an index in COMP_WORDS, and
// then what bash is to put on the line or to show.
//
// What bash puts there is what all of these lines begin with, and nothing is quoted by bash. So they all begin with
// what is typed already, just as it was typed.
func writeBash(r *Request, w io.Writer, a Answer) error {
	var b strings.Builder
	switch a.Kind {
	case Files:
		b.WriteString("files\n")
	case Dirs:
		b.WriteString("dirs\n")
	case Command:
		fmt.Fprintln(&b, "command", r.line.wordIndex(r.line.starts[a.From]))
	case Words:
		offers := slices.DeleteFunc(slices.Clone(a.Offers), func(o Offer) bool { return !strings.HasPrefix(o.Word, r.Word) })
		if len(offers) == 1 && offers[0].Open {
			b.WriteString("open\n")
		} else {
			b.WriteString("words\n")
		}
		for _, line := range r.bashLines(offers) {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Request) bashLines(offers []Offer) []string {
	rests := make([]string, len(offers))
	for i, o := range offers {
		rests[i] = o.Word[len(r.Word):]
	}
	lines := make([]string, len(offers))
	if len(offers) == 0 {
		return nil
	}
	if len(offers) == 1 && offers[0].Open && r.line.open != bare {
		// bash closes the quotes around the only match.
		head := r.line.replace(quoteBash(rests[0], r.line.open))
		return []string{head, head + "..."}
	}
	if len(offers) == 1 || !r.line.listed {
		for i, rest := range rests {
			lines[i] = r.line.replace(quoteWhole(rest, r.line.open))
		}
		return lines
	}
	common := commonStart(rests)
	head := r.line.replace(quoteBash(common, r.line.open))
	for i, rest := range rests {
		lines[i] = head + output.Text(rest[len(common):])
	}
	columns(lines, offers, "(", ")")
	// Escapes, and the blanks before descriptions, can make what is shown begin with more than the words have in common.
	if commonStart(lines) != head {
		lines = append(lines, head)
	}
	return lines
}

// replace is what stands for the typed part of the word when more is to follow it. bash takes a match that starts with the quote that is
// open for one that brings its own, and removes that on the line.
func (l *bashLine) replace(more string) string {
	text := l.typed + more
	if (l.open == single || l.open == double) && strings.HasPrefix(text, string(rune(l.open))) {
		return text[:1] + text
	}
	return text
}

// commonStart is what all words begin with, in whole characters.
func commonStart(words []string) string {
	if len(words) == 0 {
		return ""
	}
	common := words[0]
	for _, word := range words[1:] {
		n := 0
		for n < len(common) && n < len(word) && common[n] == word[n] {
			n++
		}
		common = common[:n]
	}
	for i := len(common) - 1; i >= max(len(common)-utf8.UTFMax, 0); i-- {
		if utf8.RuneStart(common[i]) {
			if !utf8.FullRuneInString(common[i:]) {
				return common[:i]
			}
			break
		}
	}
	return common
}
