package main

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gons/internal/nstest"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestManPages writes the manual pages, from the same source as the help: into the directory of GONS_MAN_DIR, which is what scripts/man
// wants of it, or into one that is thrown away. man(1) must not find anything wrong with them.
func TestManPages(t *testing.T) {
	dir := os.Getenv("GONS_MAN_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	root := wholeTree()
	write := func(name, page string) {
		path := filepath.Join(dir, name+".1")
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		checkManPage(t, path)
	}
	write("gons", rootPage(root))
	walk(root, func(cmd *cobra.Command) {
		if cmd.Name() != "help" {
			write(pageName(cmd), commandPage(cmd))
		}
	})
}

func checkManPage(t *testing.T, path string) {
	t.Helper()
	cmd := osexec.Command(nstest.NeedTool(t, "man"), "--warnings", "--local-file", path)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANPAGER=cat", "PAGER=cat")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	text, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("man -l %s: %v\n%s", path, err, complaints.String())
	}
	for _, part := range []string{"NAME\n", "SYNOPSIS\n", "DESCRIPTION\n", "EXAMPLES\n", "SEE ALSO\n"} {
		if !strings.Contains(string(text), "\n"+part) {
			t.Errorf("%s: no %s", path, part)
		}
	}
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// rootPage is gons(1).
func rootPage(root *cobra.Command) string {
	p := newPage("gons", "manage named Linux network namespaces")
	p.section("SYNOPSIS")
	p.line(".B gons")
	p.line(`\fICOMMAND\fR [\fIARGUMENT\fR ...]`)
	p.section("DESCRIPTION")
	p.text(root.Long)
	p.text(manAbout)
	others := []string{"ip-netns(8)", "nsenter(1)", "lsns(8)", "network_namespaces(7)"}
	for i, group := range root.Groups() {
		p.section(strings.ToUpper(group.Title))
		for _, cmd := range shownCommands(root) {
			if cmd.GroupID == group.ID || cmd.GroupID == "" && i == len(root.Groups())-1 {
				p.item(bold(cmd.Name()), cmd.Short+"; see "+pageName(cmd)+"(1).")
				others = append(others, pageName(cmd)+"(1)")
			}
		}
	}
	p.examples(root.Example)
	p.section("EXIT STATUS")
	p.text(manStatus)
	p.section("ENVIRONMENT")
	p.text(manEnvironment)
	p.section("FILES")
	p.text(manFiles)
	p.seeAlso(others)
	return p.String()
}

const (
	manAbout = `A command can be shortened to any beginning that no other command has. In place of a name most commands take
a TARGET: pid:N, docker:CONTAINER, podman:CONTAINER, or an absolute path.

Called as ip or ipnetns, gons takes command lines of ip(8).`

	manStatus = `  0  it is done
  1  it failed, at least in part
  2  the command line is wrong

gons exec ends with the status of the command that it runs, and with 125 if the namespace could not be prepared, 126 if the command cannot be
executed, 127 if it was not found.`

	manEnvironment = `  GONS_RUN_DIR  the directory of the names, in place of /var/run/netns
  GONS_ETC_DIR  the directory of the files for /etc, in place of /etc/netns
  NO_COLOR  if it is set, nothing is coloured
  GONS_NETNS  set by gons exec for the command: the name of the namespace`

	manFiles = `  /var/run/netns/NAME  the namespace called NAME: a bind mount of it, or a symlink to one
  /etc/netns/NAME/  files that gons exec puts over those of /etc`
)

// commandPage is the page of one command.
func commandPage(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	p := newPage(pageName(cmd), strings.ToLower(cmd.Short[:1])+cmd.Short[1:])
	p.section("SYNOPSIS")
	use := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
	p.line(bold(cmd.CommandPath()) + roff(use))
	for _, alias := range cmd.Aliases {
		p.line(".br")
		p.line(bold(cmd.Parent().CommandPath()+" "+alias) + " ...")
	}
	p.section("DESCRIPTION")
	p.text(about(cmd))
	if subs := shownCommands(cmd); len(subs) > 0 {
		p.section("COMMANDS")
		for _, sub := range subs {
			p.item(bold(sub.Name()), sub.Short+".")
		}
	}
	p.section("OPTIONS")
	cmd.LocalFlags().VisitAll(p.option)
	p.examples(cmd.Example)
	p.seeAlso([]string{strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-") + "(1)"})
	return p.String()
}

// A page is a manual page in roff.
type page struct{ strings.Builder }

func newPage(name, about string) *page {
	p := &page{}
	p.line(`.\" Written by scripts/man from the text of --help: to change it, change that.`)
	p.line(fmt.Sprintf(`.TH "%s" "1" "" "gons" "gons manual"`, roff(strings.ToUpper(name))))
	p.line(".nh")
	p.line(".ad l")
	p.section("NAME")
	p.line(roff(name) + ` \- ` + roff(about))
	return p
}

func (p *page) line(text string) { p.WriteString(text + "\n") }

func (p *page) section(title string) { p.line(".SH " + title) }

func (p *page) item(term, text string) {
	p.line(".TP")
	p.line(term)
	p.line(roff(text))
}

// text writes a description.
func (p *page) text(text string) {
	inItems := true
	for _, part := range paragraphs(text) {
		switch {
		case part.term != "":
			p.item(bold(strings.TrimSpace(part.term)), part.text)
			inItems = true
		case part.text != "":
			if !inItems || !strings.HasSuffix(p.String(), ".SH DESCRIPTION\n") {
				p.line(".PP")
			}
			p.line(roff(part.text))
			inItems = false
		}
	}
}

func (p *page) option(f *pflag.Flag) {
	value, about := pflag.UnquoteUsage(f)
	term := bold("--" + f.Name)
	if f.Shorthand != "" {
		term = bold("-"+f.Shorthand) + ", " + term
	}
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		term += `[=\fI` + roff(value) + `\fR]`
		about += fmt.Sprintf(" (%s if none is given)", f.NoOptDefVal)
	case value != "":
		term += ` \fI` + roff(value) + `\fR`
	}
	if f.Name == "help" {
		about = "show this help"
	}
	if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" && f.DefValue != "0" {
		about += fmt.Sprintf(" (default %s)", f.DefValue)
	}
	p.item(term, about)
}

func (p *page) examples(examples string) {
	p.section("EXAMPLES")
	p.line(".EX")
	for line := range strings.SplitSeq(unindent(examples), "\n") {
		p.line(roff(line))
	}
	p.line(".EE")
}

func (p *page) seeAlso(pages []string) {
	p.section("SEE ALSO")
	for i, name := range pages {
		title, section, _ := strings.Cut(name, "(")
		text := bold(title) + "(" + section
		if i < len(pages)-1 {
			text += ","
		}
		p.line(text)
	}
}

func bold(text string) string { return `\fB` + roff(text) + `\fR` }

// roff returns text as it is written in a page, so that nothing in it is taken for a command of roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
