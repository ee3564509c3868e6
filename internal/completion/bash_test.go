package completion

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// odd are texts that a shell could misunderstand.
func odd() []string {
	return []string{
		"", "plain", "two words", "it's", `a"b`, "$HOME", "$(x)", "`x`", "a;b", "*?[x]", `\`, `a\nb`, "new\nline", "\x1b[31m", "bad\xff", "\xc3", "!!", "a!b",
		"#x", "~", "{a,b}", "ünï", "\u202e", "\u00a0", `'"'"$\`, "$'x'", "a\\\\'b\x01\"c", "\x017", "x\x7f0",
	}
}

// startOf is what opens each form.
func startOf(q quoting) string {
	return map[quoting]string{bare: "", single: "'", double: `"`, ansi: "$'"}[q]
}

func endOf(q quoting) string { return strings.TrimPrefix(startOf(q), "$") }

// What is quoted is read again as what it was, with the rest of the line taken apart as it should be.
func checkQuoting(t *testing.T, text string) {
	t.Helper()
	for _, q := range []quoting{bare, single, double, ansi} {
		whole := startOf(q) + quoteWhole(text, q)
		if !utf8.ValidString(whole) || strings.ContainsAny(whole, "\x1b\n\x07") {
			t.Errorf("%q is quoted as %q", text, whole)
		}
		r := readBash("9", "", "gons "+whole+" x", nil)
		if text == "" && q == bare {
			continue
		}
		if want := []string{"gons", text}; !slices.Equal(r.Words, want) || r.Word != "x" {
			t.Errorf("%q is quoted as %s, which is read as %q and %q", text, whole, r.Words, r.Word)
		}
		// As far as the quotes are open, more can be typed.
		r = readBash("9", "", "gons "+startOf(q)+quoteBash(text, q), nil)
		if r.Word != text || r.line.open != q {
			t.Errorf("%q after %q is read as %q, open is %q", text, startOf(q), r.Word, r.line.open)
		}
	}
}

func TestQuoting(t *testing.T) {
	for _, text := range odd() {
		checkQuoting(t, text)
	}
}

func FuzzQuoting(f *testing.F) {
	for _, text := range odd() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "\x00") {
			checkQuoting(t, text)
		}
	})
}

// bash itself reads the words as what they were.
func TestBashReadsQuotes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	script, want := "printf '%s\\0'", ""
	for _, text := range odd() {
		for _, q := range []quoting{bare, single, double, ansi} {
			if text != "" {
				script += " " + startOf(q) + quoteWhole(text, q) + " " + startOf(q) + quoteBash(text, q) + endOf(q)
				want += text + "\x00" + text + "\x00"
			}
		}
	}
	out, err := exec.Command(bash, "--norc", "-c", script).Output()
	if err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

// The part of a word that bash replaces starts behind its last break or behind the quote that is open.
func TestTyped(t *testing.T) {
	const breaks = " \t\n\"'@><=;|&(:"
	for line, want := range map[string][2]string{ // the word, and the part
		"gons x":          {"x", "x"},
		"gons ":           {"", ""},
		"gons pid:1":      {"pid:1", "1"},
		`gons pid\:1`:     {"pid:1", `pid\:1`},
		"gons --sys=k":    {"--sys=k", "k"},
		`gons "pid:1`:     {"pid:1", "pid:1"},
		`gons "a b" c`:    {"c", "c"},
		`gons "a b"c`:     {"a bc", `"a b"c`},
		`gons a"b c`:      {"ab c", "b c"},
		`gons a\ b`:       {"a b", `a\ b`},
		`gons ab\`:        {"ab", "ab"},
		`gons $'a\tb`:     {"a\tb", `a\tb`},
		"gons $HOME":      {"$HOME", "$HOME"},
		"gons $(rm x) ab": {"ab", "ab"},
	} {
		r := readBash("9", breaks, line, nil)
		if r.Word != want[0] || r.line.typed != want[1] {
			t.Errorf("%s: the word is %q, the part %q, want %q", line, r.Word, r.line.typed, want)
		}
	}
}

// All that is offered begins with what is typed, and with no more than the words have in common.
func TestBashLines(t *testing.T) {
	for _, words := range [][]string{
		{"a b", "a$c"}, {"web", "web 1"}, {"x\x1b1", "x\x1c1"}, {"\xc3\xa9", "\xc3\xa8"}, {"é1", "é2"}, {"a", "b"}, {`a\`, `a\\`},
	} {
		for _, q := range []quoting{bare, single, double, ansi} {
			var offers []Offer
			for _, word := range words {
				offers = append(offers, Offer{Word: word, About: "x"})
			}
			r := readBash("9", "", "gons "+startOf(q), nil)
			line := "gons " + startOf(q) + commonStart(r.bashLines(offers))
			again := readBash("9", "", line, nil)
			if again.Word != commonStart(words) || again.line.open != q {
				t.Errorf("%q: the line becomes %s, which is %q", words, line, again.Word)
			}
		}
	}
}
