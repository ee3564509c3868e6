package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gons/internal/output"

	"golang.org/x/sys/unix"
)

// bashCompletion loads the package bash-completion.
const bashCompletion = "source /usr/share/bash-completion/bash_completion"

// shells are those that the completion is tested in.
func shells() []string { return []string{"bash", "zsh", "fish"} }

// Whatever a name is, Tab puts it on the line so that it means that name and does nothing else, be it inside quotes or not.
func TestTabQuotesNames(t *testing.T) {
	for _, shell := range shells() {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			dir := newTree(t, unix.MS_PRIVATE)
			must(t, os.MkdirAll(dir, 0o755))
			term := newTerminal(t, shell, dir, "", nil)
			opens := []string{"", "'", `"`}
			if shell != "fish" {
				opens = append(opens, "$'")
			}
			for _, name := range []string{
				"plain", "with blank", " blanks ", "it's", `say "hi"`, "$HOME", "$(touch pwned)", "`touch pwned`", "a;touch pwned", "x&touch pwned",
				"*", "?", "[a]", `back\slash`, `\`, "-dash", "--all", "co:lon", ":", "pid:", "equal=sign", "a,b", "esc\x1b]0;evil\x07", "new\nline",
				"new\n", "bad\xff", "bang!!", "!", "#hash", "~", "~root", "{a,b}", "<in>out", "ünï 漢字", "^a^b", "%1", "a\u00a0b", "\u202egnp",
				`"`, "'", "a'b\"c\\d$e`f", "tab\there", "(a)", "@host",
			} {
				for _, open := range opens {
					term.tabNames(filepath.Join(dir, name), open)
				}
				if output.Text(name) != name {
					term.tabLists(filepath.Join(dir, name))
				}
			}
			if _, err := os.Stat(filepath.Join(term.home, "pwned")); err == nil {
				t.Error("a name was executed")
			}
		})
	}
}

// tabNames makes the only entry there is, has it completed after an opening quote, and deletes it by the line that it became.
func (term *terminal) tabNames(file, open string) {
	t, name := term.t, filepath.Base(file)
	t.Helper()
	must(t, os.WriteFile(file, nil, 0))
	typed := "gons delete "
	if strings.HasPrefix(name, "-") {
		typed += "-- "
	}
	typed += open
	line := term.tab(typed)
	if term.shell == "fish" && line == typed && fishCannot(name, open) {
		must(t, os.Remove(file))
		term.press(clearKey)
		return
	}
	if term.shell == "fish" && open != "" && strings.HasSuffix(line, name) {
		term.press(open) // after some characters fish thinks that the word goes on
	}
	term.press(enterKey)
	if next := term.line(); next != "" {
		t.Fatalf("%q after %q: the line is not complete: %q, then %q", name, open, line, next)
	}
	if _, err := os.Lstat(file); err == nil {
		t.Errorf("%q after %q: Tab made it %q, which did not delete it", name, open, line)
		must(t, os.Remove(file))
	}
}

// fishCannot tells whether a name is not offered by fish because fish would not quote it.
func fishCannot(name, open string) bool {
	if open != "" {
		return output.Text(name) != name
	}
	return name[0] == '~' || strings.ContainsAny(name, "\t\u202e\u00a0")
}

// tabLists has two entries shown, which must not come to the terminal as they are.
func (term *terminal) tabLists(file string) {
	t, name := term.t, filepath.Base(file)
	t.Helper()
	for _, end := range []string{"1", "2"} {
		must(t, os.WriteFile(file+end, nil, 0))
	}
	term.list("gons delete ")
	for _, end := range []string{"1", "2"} {
		must(t, os.Remove(file+end))
	}
	if name[0] != '~' && strings.Contains(term.text(), name) && utf8.ValidString(name) && !strings.ContainsAny(name, "\n\t\u00a0") {
		t.Errorf("%q was written to the terminal as it is", name)
	}
}
