// Gons manages named Linux network namespaces.
package main

import (
	"io"
	"os"

	"gons/internal/nsfile"
	"gons/internal/nsthread"
)

func init() { nsthread.LockMain() }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: it executes the command line args and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	c := &cli{stdout: stdout, stderr: stderr, dir: nsfile.DefaultDir, etc: "/etc/netns"}
	if dir := os.Getenv("GONS_RUN_DIR"); dir != "" {
		c.dir = nsfile.Dir(dir)
	}
	if dir := os.Getenv("GONS_ETC_DIR"); dir != "" {
		c.etc = dir
	}
	root := newRoot(c, args)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return c.report(root.Execute())
}

// A cli is what the commands share: where they write, and which directories they work on.
type cli struct {
	stdout, stderr io.Writer
	dir            nsfile.Dir // the run directory
	etc            string     // the directory of the files for /etc, by name
}
