package output

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"plain":               "plain",
		"with blank":          "with blank",
		`back\slash "quoted"`: `back\slash "quoted"`,
		"ünï 漢字":              "ünï 漢字",
		"a\nb":                `a\nb`,
		"\x1b[31m\"x\"":       `\x1b[31m"x"`,
		"bad\xff":             `bad\xff`,
		"\u202egnp":           `\u202egnp`,
		"\ufffd":              "\ufffd",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %s, want %s", in, got, want)
		}
	}
}

// Whatever a name is, it is shown on one line without anything that a terminal obeys.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "\x1b[31m", "\xff", "\u202e", `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := Text(s)
		if !utf8.ValidString(text) {
			t.Errorf("Text(%q) is not valid UTF-8", s)
		}
		for _, r := range text {
			if !strconv.IsPrint(r) {
				t.Errorf("Text(%q) has %q in it", s, r)
			}
		}
	})
}

func TestAligned(t *testing.T) {
	table := &Table{
		Header: []string{"NAME", "ID", "STATE"},
		Rows:   [][]string{{"a", "", "ok"}, {"longer", "12", "stale"}, {"x\ny", "3", ""}},
	}
	var b strings.Builder
	err := table.WriteAligned(&b, func(column int, cell string) (before, after string) {
		if cell == "stale" {
			return "<", ">"
		}
		return "", ""
	})
	want := "NAME    ID  STATE\n" +
		"a           ok\n" +
		"longer  12  <stale>\n" +
		"x\\ny    3\n"
	if err != nil || b.String() != want {
		t.Errorf("got\n%s(%v), want\n%s", b.String(), err, want)
	}
}

func TestRecords(t *testing.T) {
	table := &Table{Header: []string{"A", "B"}, Rows: [][]string{{"a\tb", ""}, {"c", "d e"}}}
	var b strings.Builder
	if err := table.WriteRecords(&b); err != nil || b.String() != "a\\tb\t\nc\td e\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

// failing is a place where nothing can be written.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriteErrors(t *testing.T) {
	full := failing{errors.New("full")}
	table := &Table{Rows: [][]string{{"a"}}}
	if err := table.WriteAligned(full, nil); !errors.Is(err, full.err) {
		t.Errorf("WriteAligned: %v", err)
	}
	if err := table.WriteRecords(full); !errors.Is(err, full.err) {
		t.Errorf("WriteRecords: %v", err)
	}
	if err := JSON(full, 1); !errors.Is(err, full.err) {
		t.Errorf("JSON: %v", err)
	}
}
