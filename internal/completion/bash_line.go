package completion

import "strings"

// How a word is quoted at some place.
type quoting byte

const (
	bare   quoting = 0
	single quoting = '\'' // '...'
	double quoting = '"'  // "..." or $"..."
	ansi   quoting = '$'  // $'...'
)

// A bashLine is what bash has on the line, up to the cursor.
type bashLine struct {
	starts []int    // where each of [Request.Words] starts, and then the word of the cursor
	text   string   // the line
	split  []string // the words as bash splits the line, COMP_WORDS
	typed  string   // the part of the word of the cursor that bash replaces
	open   quoting  // of the cursor
	listed bool     // what is offered is shown, not put on the line one after another
}

// readBash reads the line as bash does, except that nothing is expanded. how is COMP_TYPE, breaks is COMP_WORDBREAKS, split
// is COMP_WORDS.
func readBash(how, breaks, text string, split []string) *Request {
	s := &scanner{text: text, breaks: breaks, end: len(text)}
	for s.at < len(text) {
		s.step()
	}
	if !s.inWord {
		s.start = len(text)
	}
	if s.open != bare {
		s.from = s.opened
	}
	return &Request{
		Words: s.words,
		Word:  string(s.word),
		write: writeBash,
		line: bashLine{
			starts: append(s.starts, s.start),
			text:   text,
			split:  split,
			typed:  text[min(s.from, s.end):s.end],
			open:   s.open,
			// 37 (%) is menu completion, 42 (*) inserts all.
			listed: how != "37" && how != "42",
		},
	}
}

// A scanner takes a line apart.
type scanner struct {
	text, breaks string
	at           int

	words  []string
	starts []int
	word   []byte
	inWord bool
	start  int     // of the word
	open   quoting // what is open at the place
	opened int     // where it was opened: behind the quote
	from   int     // behind the last character of breaks that is not quoted
	end    int     // of what is typed: a backslash at the very end quotes nothing yet
}

// step takes the next character, or what is quoted by it.
func (s *scanner) step() {
	c := s.text[s.at]
	s.at++
	blank := strings.IndexByte(" \t\n", c) >= 0
	switch {
	case s.open == bare && blank:
		if s.inWord {
			s.words, s.starts = append(s.words, string(s.word)), append(s.starts, s.start)
			s.word, s.inWord = nil, false
		}
		s.from = s.at
		return
	case s.open == bare && !s.inWord:
		s.inWord, s.start = true, s.at-1
	}
	switch {
	case s.open == single && c == '\'', s.open == ansi && c == '\'', s.open == double && c == '"':
		s.open = bare
	case c == '\\' && s.open != single:
		s.backslash()
	case s.open != bare:
		s.word = append(s.word, c)
	case c == '\'', c == '"':
		s.quote(quoting(c))
	case c == '$' && strings.HasPrefix(s.text[s.at:], "'"):
		s.at++
		s.quote(ansi)
	case c == '$' && strings.HasPrefix(s.text[s.at:], `"`):
		s.at++
		s.quote(double)
	default:
		s.word = append(s.word, c)
		if strings.IndexByte(s.breaks, c) >= 0 {
			s.from = s.at
		}
	}
}

func (s *scanner) quote(q quoting) { s.open, s.opened = q, s.at }

// backslash takes what follows a backslash.
func (s *scanner) backslash() {
	if s.at == len(s.text) {
		s.end--
		return
	}
	if s.open == ansi {
		text, size := unescape(s.text[s.at:])
		s.word = append(s.word, text...)
		s.at += size
		return
	}
	c := s.text[s.at]
	s.at++
	switch {
	case c == '\n': // the line goes on
	case s.open == double && strings.IndexByte("$`\"\\", c) < 0:
		s.word = append(s.word, '\\', c)
	default:
		s.word = append(s.word, c)
	}
}

// wordIndex is the index in COMP_WORDS of the word that starts at a place of the line.
func (l *bashLine) wordIndex(start int) int {
	at := 0
	for i, word := range l.split {
		found := strings.Index(l.text[at:], word)
		if word == "" || found < 0 || at+found >= start {
			return i
		}
		at += found + len(word)
	}
	return max(len(l.split)-1, 0)
}
