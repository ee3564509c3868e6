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

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "plain": 5, "ünï": 3, "u\u0308": 1, "漢字": 4, "ｆｕｌｌ": 8, "한글": 4, "\u1112\u1161\u11ab": 2, "🚀": 2, "✈": 1, "é…": 2, "\U00020000": 2,
	} {
		if got := width(s); got != want {
			t.Errorf("width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestAlignedWithWideCharacters(t *testing.T) {
	table := &Table{Rows: [][]string{{"漢字", "a"}, {"u\u0308", "b"}, {"plain", "c"}}}
	var b strings.Builder
	want := "漢字   a\nu\u0308      b\nplain  c\n"
	if err := table.WriteAligned(&b, nil); err != nil || b.String() != want {
		t.Errorf("got\n%s(%v), want\n%s", b.String(), err, want)
	}
}

// On a narrow terminal the widest column is cut first and the name last; no line is ever wider than the terminal.
func TestAlignedIsCut(t *testing.T) {
	for columns, want := range map[int]string{
		40: "NAME        NS  LINK\na-longname  12  /proc/4242/ns/net\n漢字漢字    3   b\n",
		30: "NAME        NS  LINK\na-longname  12  /proc/4242/ns…\n漢字漢字    3   b\n",
		20: "NAME        NS  LINK\na-longname  12  /pr…\n漢字漢字    3   b\n",
		17: "NAME     NS  LINK\na-long…  12  /pr…\n漢字漢…  3   b\n",
		16: "NAME    NS  LINK\na-lon…  12  /pr…\n漢字…   3   b\n",
		10: "NAME  NS\na-l…  12\n漢…   3\n",
		7:  "NAME  …\na-l…  …\n漢…   3\n",
		3:  "NA…\na-…\n漢…\n",
		1:  "…\n…\n…\n",
	} {
		table := &Table{
			Header: []string{"NAME", "NS", "LINK"},
			Rows:   [][]string{{"a-longname", "12", "/proc/4242/ns/net"}, {"漢字漢字", "3", "b"}},
			Width:  columns,
		}
		var b strings.Builder
		if err := table.WriteAligned(&b, nil); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); width(line) > columns {
				t.Errorf("%d columns: %q takes %d", columns, line, width(line))
			}
		}
		if b.String() != want {
			t.Errorf("%d columns: got\n%qwant\n%q", columns, b.String(), want)
		}
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
