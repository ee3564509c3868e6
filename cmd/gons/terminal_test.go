package main

import (
	"bytes"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gons/internal/nstest"

	"golang.org/x/sys/unix"
)

// A terminal is a shell at a pseudo-terminal, and the keys that are pressed there.
type terminal struct {
	t      *testing.T
	shell  string
	home   string // its home and working directory
	keys   *os.File
	mu     sync.Mutex
	screen bytes.Buffer // all that was written to the terminal
}

const (
	tabKey   = "\t"
	enterKey = "\r"
	clearKey = "\x15" // Ctrl-U
	// saveKey makes the shell write its line to the file "line".
	saveKey = "\x18\x0c" // Ctrl-X Ctrl-L
)

// startup is what a shell runs first: it loads the completion, and binds saveKey.
var startup = map[string]string{
	"bash": `PS1='$ '
unset HISTFILE
%s
source <(gons completion bash)
save_line() { printf %%s "$READLINE_LINE" > line.new; mv line.new line; }
bind -x '"\C-x\C-l": save_line'
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind 'set page-completions off'
bind 'set completion-query-items 10000'
`,
	"zsh": `PS1='$ '
%s
autoload -Uz compinit && compinit -u -D
source <(gons completion zsh)
bindkey -e
LISTMAX=10000
save-line() { print -rn -- "$BUFFER" > line.new; mv line.new line }
zle -N save-line
bindkey '^X^L' save-line
`,
	"fish": `%s
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; echo '$ '; end
gons completion fish | source
function save_line; commandline > line.new; mv line.new line; end
bind \cx\cl save_line
`,
}

// newTerminal starts a shell, in a home of its own, that works on the run directory dir. extra is added to its startup file; programs are
// shell scripts.
func newTerminal(t *testing.T, shell, dir, extra string, programs map[string]string) *terminal {
	t.Helper()
	path := nstest.NeedTool(t, shell)
	home := t.TempDir()
	term := &terminal{t: t, shell: shell, home: home}
	must(t, os.Mkdir(filepath.Join(home, "bin"), 0o755))
	self, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(self, filepath.Join(home, "bin/gons")))
	for name, script := range programs {
		must(t, os.WriteFile(filepath.Join(home, "bin", name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	text := fmt.Sprintf(startup[shell], extra)
	term.write(".bashrc", text)
	term.write(".zshrc", text)
	term.write(".config/fish/config.fish", text)
	term.write("data/fish/generated_completions/none", "") // or fish reads all man pages first

	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	fd := int(master.Fd())
	must(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	must(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 120}))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	must(t, err)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	term.keys = master

	cmd := osexec.Command(path, "-i")
	if shell == "bash" {
		cmd = osexec.Command(path, "--rcfile", filepath.Join(home, ".bashrc"), "-i")
	}
	cmd.Dir = home
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env = []string{
		"HOME=" + home, "ZDOTDIR=" + home, "XDG_CONFIG_HOME=" + home + "/.config", "XDG_DATA_HOME=" + home + "/data",
		"PATH=" + home + "/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "TERM=xterm", "LANG=C.UTF-8",
		"GONS_RUN_DIR=" + dir, "GONS_TEST_INSIDE=" + os.Getenv("GONS_TEST_INSIDE"), "GONS_ETC_DIR=" + home + "/etc",
	}
	must(t, cmd.Start())
	must(t, slave.Close())
	done := make(chan struct{})
	go func() {
		defer close(done)
		term.read()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = master.Close()
		<-done
		if t.Failed() {
			t.Logf("the terminal of %s:\n%q", shell, term.text())
		}
	})
	// What is typed before the shell is ready can be thrown away.
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(term.text(), "$ ") && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if line := term.line(); line != "" {
		t.Fatalf("%s starts with the line %q", shell, line)
	}
	return term
}

// read takes what is written to the terminal, until the shell has ended.
func (term *terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := term.keys.Read(buf)
		if err != nil {
			return // EIO: nobody has the other side open
		}
		if bytes.Contains(buf[:n], []byte("\x1b[c")) || bytes.Contains(buf[:n], []byte("\x1b[0c")) {
			_, _ = term.keys.WriteString("\x1b[?6c") // "what kind of terminal are you"
		}
		term.mu.Lock()
		term.screen.Write(buf[:n])
		term.mu.Unlock()
	}
}

// press types keys.
func (term *terminal) press(keys ...string) {
	term.t.Helper()
	_, err := term.keys.WriteString(strings.Join(keys, ""))
	must(term.t, err)
}

// line returns what is on the command line, once the shell has dealt with all keys.
func (term *terminal) line() string {
	term.t.Helper()
	name := filepath.Join(term.home, "line")
	term.press(saveKey)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if text, err := os.ReadFile(name); err == nil {
			must(term.t, os.Remove(name))
			return strings.TrimSuffix(string(text), "\n")
		}
	}
	term.t.Fatalf("%s does not react", term.shell)
	return ""
}

// tab types text and presses Tab, and returns what is on the line then.
func (term *terminal) tab(text string) string {
	term.t.Helper()
	term.press(text)
	term.line() // what comes next is a key, not part of a text that is pasted
	term.press(tabKey)
	return term.line()
}

// complete is tab with an empty line in the end.
func (term *terminal) complete(text string) string {
	term.t.Helper()
	line := term.tab(text)
	term.press(clearKey)
	return line
}

// list types text and presses Tab twice, and returns what is written to the terminal.
func (term *terminal) list(text string) string {
	term.t.Helper()
	term.press(text)
	term.line()
	before := len(term.text())
	term.press(tabKey, tabKey)
	term.line()
	shown := term.text()[before:]
	if term.shell == "fish" {
		term.press("\x1b") // closes the list
		time.Sleep(50 * time.Millisecond)
	}
	term.press(clearKey)
	return shown
}

// text is all that was written to the terminal.
func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

func (term *terminal) write(name, text string) {
	term.t.Helper()
	name = filepath.Join(term.home, name)
	must(term.t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(term.t, os.WriteFile(name, []byte(text), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
