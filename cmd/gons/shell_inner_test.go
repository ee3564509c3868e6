package main

import (
	"os"
	osexec "os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// innerCompletion gives the program "uniquely-named" a completion of its own.
func innerCompletion(shell string) string {
	return map[string]string{
		"bash": bashCompletion + "\ncomplete -W 'alpha beta' uniquely-named",
		"zsh":  "setup() { compdef '_values word alpha beta' uniquely-named }",
		"fish": "complete -c uniquely-named -f -a 'alpha beta'",
	}[shell]
}

// newWorld makes the namespaces "api" and "web", which has the id that it returns, and a terminal with some programs.
func newWorld(t *testing.T, shell, extra string) (term *terminal, id string) {
	t.Helper()
	dir := newTree(t, unix.MS_PRIVATE)
	if out, err := gons(dir, "add", "web", "api").CombinedOutput(); err != nil {
		t.Fatalf("gons add: %v\n%s", err, out)
	}
	if out, err := gons(dir, "set", "web", "auto").CombinedOutput(); err != nil {
		t.Fatalf("gons set: %v\n%s", err, out)
	}
	listed, err := gons(dir, "list", "-o", "NAME,ID").Output()
	must(t, err)
	_, id, _ = strings.Cut(string(listed), "web\t")
	must(t, os.WriteFile(dir+"/podman:old", nil, 0))
	term = newTerminal(t, shell, dir, extra, map[string]string{
		"uniquely-named": "",
		// The one engine answers, the other does not.
		"docker": "test \"$1\" = ps || exit 1\nprintf 'nginx1\\t0123456789ab\\tnginx:1\\nredis\\tba9876543210\\tredis\\n'\n",
		"podman": "exec sleep 1000\n",
	})
	term.write("files/one", "")
	return term, strings.TrimSpace(id)
}

// Tab completes every place of the command line, in the shells themselves.
func TestTabCompletes(t *testing.T) {
	for _, shell := range shells() {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); shell == "bash" && err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			term, id := newWorld(t, shell, innerCompletion(shell))
			if shell == "zsh" {
				term.press("setup", enterKey)
				term.line()
			}
			for _, test := range [][2]string{
				{"gons del", "gons delete "},
				{"gons exec we", "gons exec web "},
				{"gons delete web a", "gons delete web api "},
				{"gons delete web podman:old ", "gons delete web podman:old api "}, // those on the line are not offered
				{"gons add --if-missing web a", "gons add --if-missing web api "},
				{"gons delete web w", "gons delete web w"},
				{"gons delete --if-ex", "gons delete --if-exists "},
				{"gons delete --kill=TE", "gons delete --kill=TERM "},
				{"gons list -o NAME,ST", "gons list -o NAME,STATE"},
				{"gons list --output=NAME,ST", "gons list --output=NAME,STATE"},
				{"gons list --color al", "gons list --color always "},
				{"gons set web au", "gons set web auto "},
				{"gons list-id --target-id " + id, "gons list-id --target-id " + id + " "},
				{"gons attach-docker ng", "gons attach-docker nginx1 "},
				{"gons attach-docker nginx1 ", "gons attach-docker nginx1 redis "},
				{"gons exec do", "gons exec docker:"},
				{"gons exec docker:n", "gons exec docker:nginx1 "},
				{"gons exec --user nobo", "gons exec --user nobody "},
				{"gons exec --user nobody:nogr", "gons exec --user nobody:nogroup "},
				{"gons exec --cap net_ra", "gons exec --cap net_raw "},
				{"gons exec --sys fr", "gons exec --sys fresh "},
				{"gons exec --sys=fr", "gons exec --sys=fresh "},
				{"gons exec --wd fil", "gons exec --wd files/"},
				{"gons completion fi", "gons completion fish "},

				// The inner command line.
				{"gons exec web uniquely", "gons exec web uniquely-named "},
				{"gons exec web uniquely-named al", "gons exec web uniquely-named alpha "},
				{"gons exec web ip li", "gons exec web ip link "},
				{"gons exec --sys keep --env A=b web ip li", "gons exec --sys keep --env A=b web ip link "},
				{"gons exec --sys=keep -- web uniquely-named al", "gons exec --sys=keep -- web uniquely-named alpha "},
				{"gons exec pid:1 uniquely-named al", "gons exec pid:1 uniquely-named alpha "},
				{"gons exec 'web' uniquely-named al", "gons exec 'web' uniquely-named alpha "},
				{"gons exec -a uniquely-named al", "gons exec -a uniquely-named alpha "},
				{"gons exec --all uniquely", "gons exec --all uniquely-named "},
				{"gons exec --match 'w*' -P 2 uniquely-named al", "gons exec --match 'w*' -P 2 uniquely-named alpha "},
				{"gons exec web gons exec ap", "gons exec web gons exec api "},
				{"gons exec web gons exec api uniquely-named be", "gons exec web gons exec api uniquely-named beta "},
				{"gons exec web cat files/o", "gons exec web cat files/one "},

				// Nothing on the line is evaluated.
				{"gons exec $(touch pwned) uniquely-named al", "gons exec $(touch pwned) uniquely-named al"},
			} {
				line := term.complete(test[0])
				if shell == "fish" && strings.HasSuffix(line, "STATE ") {
					line = strings.TrimSuffix(line, " ") // fish has an idea of its own of where a blank belongs
				}
				if line != test[1] && !strings.Contains(test[0], "pwned") {
					t.Errorf("%q and Tab: %q, want %q", test[0], line, test[1])
				}
			}
			if _, err := os.Stat(term.home + "/pwned"); err == nil {
				t.Error("what is on the line was executed")
			}

			start := time.Now()
			if line := term.complete("gons exec podman:"); line != "gons exec podman:old " {
				t.Errorf("with an engine that does not answer: %q", line)
			}
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("an engine that does not answer takes %v", took)
			}

			if shown := term.list("gons delete "); !strings.Contains(shown, "id "+id) || !strings.Contains(shown, "stale") {
				t.Errorf("the names are shown without what they are: %q", shown)
			}
			sleep := osexec.Command("sleep", "1000")
			must(t, sleep.Start())
			defer sleep.Wait()
			defer sleep.Process.Kill()
			pid := strconv.Itoa(sleep.Process.Pid)
			// Longer process ids can begin with it, and come and go.
			for tries := 1; ; tries++ {
				line := "gons identify " + pid
				if term.complete(line) == line+" " {
					break
				}
				shown := term.list(line)
				if plain := styles().ReplaceAllString(shown, ""); strings.Contains(plain, pid+" ") && strings.Contains(plain, "sleep") {
					break
				}
				if tries == 10 {
					t.Fatalf("process %s is not offered: %q", pid, shown)
				}
			}
		})
	}
}

// styles are the escape sequences by which a shell shows parts of a word in another way.
func styles() *regexp.Regexp { return regexp.MustCompile(`\x1b(\[[0-9;]*m|\(B)`) }

// Without bash-completion there still are the commands of gons, the names, the programs and files.
func TestTabInPlainBash(t *testing.T) {
	term, _ := newWorld(t, "bash", "")
	for _, test := range [][2]string{
		{"gons exec we", "gons exec web "},
		{"gons exec web uniquely", "gons exec web uniquely-named "},
		{"gons exec web cat files/o", "gons exec web cat files/one "},
		{"gons exec --wd=fil", "gons exec --wd=files/"},
	} {
		if line := term.complete(test[0]); line != test[1] {
			t.Errorf("%q and Tab: %q, want %q", test[0], line, test[1])
		}
	}
}

// What Tab makes of a command line does not depend on gons being in front of it, whatever the target and the flags before it are.
func TestTabAfterExecIsTabWithout(t *testing.T) {
	inner := []string{"ip li", "ip -n w", "ss --sum", "ls --col", "env A=b uniquely-named al", "cat 'files/o", "uniquely-named b", "cat files/o", "uniquely-na"}
	before := []string{
		"gons exec web ", "gons exec --user nobody web ", "gons exec docker:nginx1 ", "gons exec web -- ", "gons exec --env A=b --sys=keep -- web ", `gons ex "web" `,
		"gons exec --match 'w*' -P 2 ", "gons exec -aP0 ",
	}
	for _, shell := range shells() {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			term, _ := newWorld(t, shell, innerCompletion(shell))
			if shell == "zsh" {
				term.press("setup", enterKey)
				term.line()
			}
			completed := 0
			for i, line := range inner {
				want := term.complete(line)
				if want != line {
					completed++
				}
				for _, n := range []int{i, i + 1, i + 4} {
					start := before[n%len(before)]
					if got := term.complete(start + line); got != start+want {
						t.Errorf("%q and Tab: %q, without gons %q", start+line, got, want)
					}
				}
			}
			// fish knows options from manual pages, and has not read any; no ss may be there.
			if completed < len(inner)-3 {
				t.Errorf("%s completes %d of %d lines: the test proves nothing", shell, completed, len(inner))
			}
		})
	}
}
