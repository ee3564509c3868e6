package ipgrammar_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"gons/internal/ipgrammar"
)

func TestBatch(t *testing.T) {
	const text = "one  two\tthree\r\n\n# nothing\nfour # five\n" +
		"'a b' \"c'd\"e\"f\" g'h i'\nnext \\\n  line \\\nlast\n'a#b\n"
	want := []struct {
		line  int
		words []string
	}{
		{1, []string{"one", "two", "three"}},
		{4, []string{"four"}},
		{5, []string{"a b", "c'd", `e"f"`, "g'h", "i'"}},
		{8, []string{"next", "line", "last"}},
	}
	batch := ipgrammar.NewBatch(strings.NewReader(text))
	for _, w := range want {
		words, err := batch.Next()
		if err != nil || batch.Line() != w.line || !slices.Equal(words, w.words) {
			t.Errorf("line %d: %q, %v; want line %d: %q", batch.Line(), words, err, w.line, w.words)
		}
	}
	var refused *ipgrammar.Error
	if _, err := batch.Next(); !errors.As(err, &refused) || refused.Status != ipgrammar.StatusFailed {
		t.Errorf("a quote that a comment cuts off: %v", err)
	}
	if _, err := batch.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// Words that are quoted come out as they went in, and no text makes the reader stop before its end.
func FuzzBatch(f *testing.F) {
	f.Add("netns add x")
	f.Add("a \\\n b # c\n\"d e\" 'f'\n")
	f.Add("'open\n")
	f.Fuzz(func(t *testing.T, text string) {
		batch := ipgrammar.NewBatch(strings.NewReader(text))
		last := 0
		for {
			words, err := batch.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if batch.Line() <= last {
				t.Fatalf("line %d after line %d", batch.Line(), last)
			}
			last = batch.Line()
			var refused *ipgrammar.Error
			if err != nil && !errors.As(err, &refused) {
				t.Fatal(err)
			}
			if err != nil {
				continue
			}
			quoted, ok := quote(words)
			if !ok {
				continue
			}
			again, err := ipgrammar.NewBatch(strings.NewReader(quoted)).Next()
			if err != nil || !slices.Equal(again, words) {
				t.Fatalf("%q quoted is %q, and reads as %q, %v", words, quoted, again, err)
			}
		}
		if lines := strings.Count(text, "\n") + 1; last > lines {
			t.Fatalf("line %d of %d", last, lines)
		}
	})
}

// quote makes a line of words, unless one has both kinds of quotes.
func quote(words []string) (string, bool) {
	var b strings.Builder
	for _, word := range words {
		switch {
		case !strings.Contains(word, `"`):
			b.WriteString(`"` + word + `" `)
		case !strings.Contains(word, "'"):
			b.WriteString("'" + word + "' ")
		default:
			return "", false
		}
	}
	return b.String(), true
}
