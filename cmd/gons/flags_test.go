package main

import (
	"embed"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A flag that no test uses is one that nobody has tried. It is used where a test or an example has a command line that gons itself
// reads as one of that command, with that flag; a comment, the output that is expected, or the flag of another command do not count.
func TestEveryFlagIsTested(t *testing.T) {
	used := usedFlags(t)
	seen := 0
	walk(wholeTree(), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			seen++
			names := []string{cmd.CommandPath()}
			if strings.HasPrefix(cmd.Name(), "attach-") {
				names = []string{"gons attach-docker", "gons attach-podman"} // they have all flags in common
			}
			if !slices.ContainsFunc(names, func(name string) bool { return used[name+" --"+f.Name] }) {
				t.Errorf("%s --%s: no test uses it", cmd.CommandPath(), f.Name)
			}
		})
	})
	if seen < 40 {
		t.Errorf("only %d flags were looked at", seen)
	}
}

// What tells which flags are used is not deceived by what only looks like it.
func TestUsedFlags(t *testing.T) {
	for line, want := range map[string]string{
		"exec gons list --json":                           "gons list --json",
		"[tool:ip] exec gons list -n -o NAME":             "gons list --no-heading,gons list --output",
		"status 125 gons ex --sys keep lab ls -l":         "gons exec --sys",
		"exec gons exec -a gons list -j":                  "gons exec --all,gons list --json",
		"exec sh -c 'gons add --up x && gons del --all'":  "gons add --up,gons delete --all",
		"exec sh -c 'setpriv --bounding-set -x gons add'": "",
		"# gons list --json":                              "",
		"stderr 'gons list --json'":                       "",
		"tab 'gons list --json'":                          "",
		"exec echo gonslist --json":                       "",
		"exec gons list --jsno":                           "",
		"exec gons delete -- --all":                       "",
		"exec gons exec --sys=wrong lab true":             "",
		"-- x.sh --\ngons exec --sys $1 lab true":         "gons exec --sys",
		"-- x --\nexec gons list --json":                  "",
	} {
		used := map[string]bool{}
		for _, args := range scriptLines(line) {
			markFlags(args, used)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(used)), ","); got != want {
			t.Errorf("%s: uses %q, want %q", line, got, want)
		}
	}
}

// testFiles are the tests. Where they run as another user the source cannot be read.
//
//go:embed *_test.go testdata
var testFiles embed.FS

// usedFlags are the flags on the command lines of all tests and examples, as "gons COMMAND --FLAG".
func usedFlags(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	must(t, fs.WalkDir(testFiles, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".txtar") {
			return err
		}
		text, err := testFiles.ReadFile(path)
		lines := scriptLines(string(text))
		if strings.HasSuffix(path, ".go") && err == nil {
			lines, err = goLines(path, text)
		}
		for _, args := range lines {
			markFlags(args, used)
		}
		return err
	}))
	walk(wholeTree(), func(cmd *cobra.Command) {
		for line := range strings.SplitSeq(unindent(cmd.Example), "\n") {
			if notRun[line] == "" {
				for _, args := range shellLines(line) {
					markFlags(args, used)
				}
			}
		}
	})
	return used
}

// markFlags reads the words after "gons" as gons does, and notes the flags that are set. After exec there can be another gons.
func markFlags(args []string, used map[string]bool) {
	if len(args) == 0 || !slices.ContainsFunc(makers(), func(m maker) bool { return strings.HasPrefix(m.name, args[0][:min(1, len(args[0]))]) }) {
		return // this is quicker
	}
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	cmd, rest := c.find(args)
	if !cmd.HasParent() {
		return
	}
	var invalid *pflag.InvalidValueError
	if err := cmd.ParseFlags(rest); errors.As(err, &invalid) && strings.HasPrefix(invalid.GetValue(), "$") {
		used[cmd.CommandPath()+" --"+invalid.GetFlag().Name] = true // the value is in a variable of the shell
		return
	} else if err != nil {
		return
	}
	cmd.Flags().Visit(func(f *pflag.Flag) { used[cmd.CommandPath()+" --"+f.Name] = true })
	if i := slices.Index(cmd.Flags().Args(), "gons"); cmd.Name() == "exec" && i >= 0 {
		markFlags(cmd.Flags().Args()[i+1:], used)
	}
}

// scriptLines are the command lines in a script of testdata that are run, those in its files NAME.sh too.
func scriptLines(text string) (lines [][]string) {
	run := regexp.MustCompile(`^(\[[^]]*\] )*(! )?(exec|status [0-9]+|until) `)
	file := ""
	for line := range strings.SplitSeq(text, "\n") {
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			file = strings.TrimSuffix(name, " --")
			continue
		}
		if !strings.Contains(line, "gons") {
			continue
		}
		start := run.FindString(line)
		if file == "" && start != "" || strings.HasSuffix(file, ".sh") && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines = append(lines, shellLines(line[len(start):])...)
		}
	}
	return lines
}

// shellLines finds the command lines of gons in a line for a shell, also behind a program that runs another one.
func shellLines(line string) (lines [][]string) {
	line = strings.NewReplacer("''", "", "'", " ", `"`, " ").Replace(line)
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(";|&()<>\n", r) }) {
		words := strings.Fields(part)
		if i := slices.Index(words, "gons"); i >= 0 {
			lines = append(lines, words[i+1:])
		}
	}
	return lines
}

// goLines finds in a test in Go the texts that come one after another, as the arguments of a call or as the values of a slice. Where
// there are only flags, the file is named after the command.
func goLines(name string, source []byte) (lines [][]string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(node ast.Node) bool {
		var list []ast.Expr
		switch node := node.(type) {
		case *ast.CallExpr:
			list = node.Args
		case *ast.CompositeLit:
			list = node.Elts
		}
		var words []string
		for _, expr := range list {
			text, ok := literal(expr)
			switch {
			case ok:
				words = append(words, text)
			case len(words) > 0:
				words = append(words, "?") // a variable
			}
		}
		switch {
		case len(words) == 0:
		case words[0] == "gons":
			words = words[1:]
		case strings.HasPrefix(words[0], "-"):
			words = slices.Insert(words, 0, strings.TrimSuffix(name, "_test.go"))
		}
		lines = append(lines, words)
		return true
	})
	return lines, nil
}

func literal(expr ast.Expr) (string, bool) {
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
