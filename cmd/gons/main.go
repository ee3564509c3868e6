// Gons manages named Linux network namespaces.
package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"slices"

	"gons/internal/completion"
	_ "gons/internal/early" // comes before all of this
	"gons/internal/nsfile"
	"gons/internal/nsthread"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func init() { nsthread.LockMain() }

func main() { os.Exit(run(filepath.Base(os.Args[0]), os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: it executes the command line args, as the program of that name, and returns the exit status.
func run(name string, args []string, stdout, stderr io.Writer) int {
	c := &cli{stdout: stdout, stderr: stderr, dir: nsfile.DefaultDir, etc: defaultEtc}
	if dir := os.Getenv("GONS_RUN_DIR"); dir != "" && !hasRightsOfFile() {
		c.dir = nsfile.Dir(filepath.Clean(dir)) // ".." means the same to all who use it, symlink or not
	}
	if dir := os.Getenv("GONS_ETC_DIR"); dir != "" && !hasRightsOfFile() {
		c.etc = dir
	}
	if err := c.guard(args); err != nil {
		return c.report(err)
	}
	if name == ipName || name == ipNetnsName {
		return c.ip(name, args)
	}
	args, err := expand(args)
	root := newRoot(c, args)
	if err != nil {
		return c.report(usage(root, err.Error()))
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	if len(args) > 0 && args[0] == cobra.ShellCompRequestCmd {
		lines := bufio.NewWriter(stdout) // cobra writes every line by itself
		defer lines.Flush()
		root.SetOut(lines)
	}
	root.SetErr(stderr)
	return c.report(root.Execute())
}

// hasRightsOfFile tells whether the file of the program gave it rights that its caller does not have: set-user-ID
// or file capabilities. Then the caller's environment must not say which files go over /etc.
func hasRightsOfFile() bool {
	vector, err := unix.Auxv()
	return err != nil || slices.ContainsFunc(vector, func(v [2]uintptr) bool { return v[0] == atSecure && v[1] != 0 })
}

// atSecure is AT_SECURE of getauxval(3).
const atSecure = 23

// A cli is what the commands share: where they write, and which directories they work on.
type cli struct {
	stdout, stderr io.Writer
	dir            nsfile.Dir // the run directory
	etc            string     // the directory of the files for /etc, by name

	tab *completion.Request // what a shell asks to have completed, if that is what gons was started for
}
