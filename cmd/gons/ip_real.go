package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gons/internal/ipgrammar"

	"golang.org/x/sys/unix"
)

// self is the file of the running program, whatever it is called and wherever it went.
const self = "/proc/self/exe"

// passedEnv is the variable that lists the copies of gons which have handed the command line on already. It keeps two of them from handing it
// back and forth.
const passedEnv = "GONS_IP_PASSED"

// usualPath is where ip(8) is looked for beside PATH.
const usualPath = "/usr/sbin:/sbin:/usr/bin:/bin"

// A realIP is an ip(8) that is not gons.
type realIP struct {
	path string
	env  []string // the environment for it
}

var errNoIP = errors.New("there is no other ip in PATH")

// nextIP finds the next ip(8) in PATH that is not the running program.
func nextIP() (*realIP, error) {
	here, err := fileID(self)
	if err != nil {
		return nil, err
	}
	passed := strings.Fields(os.Getenv(passedEnv))
	if !slices.Contains(passed, here) {
		passed = append(passed, here)
	}
	dirs := usualPath
	if !hasRightsOfFile() { // else the caller must not choose what is run
		dirs = os.Getenv("PATH") + ":" + usualPath
	}
	for _, dir := range filepath.SplitList(dirs) {
		if !filepath.IsAbs(dir) {
			continue // the working directory can be anybody's
		}
		path := filepath.Join(dir, ipName)
		id, err := fileID(path)
		if err != nil || slices.Contains(passed, id) || unix.Access(path, unix.X_OK) != nil {
			continue
		}
		env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, passedEnv+"=") })
		return &realIP{path, append(env, passedEnv+"="+strings.Join(passed, " "))}, nil
	}
	return nil, errNoIP
}

// fileID tells files apart, whatever they are called. The error means that path is no file that could be a program.
func fileID(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return "", &os.PathError{Op: "run", Path: path, Err: unix.EACCES}
	}
	return fmt.Sprintf("%d:%d", st.Dev, st.Ino), nil
}

// isBusybox tells whether this is the ip(8) of busybox, which has no -batch.
func (r *realIP) isBusybox() bool {
	target, err := filepath.EvalSymlinks(r.path)
	return err == nil && strings.HasPrefix(filepath.Base(target), "busybox")
}

// handOn replaces gons by the real ip(8), for a line that is not about namespaces. It returns only if that is not possible.
func (c *cli) handOn(call *ipgrammar.Call) error {
	other, err := nextIP()
	if err != nil {
		return c.noIP(call, err)
	}
	err = unix.Exec(other.path, append([]string{ipName}, call.Args...), other.env)
	return &ipFailure{statusCannotRun, fmt.Sprintf("exec of \"%s\" failed: %s", other.path, strerror(err))}
}

// run lets the real ip(8) do one line and waits.
func (r *realIP) run(args []string) error {
	child, err := os.StartProcess(r.path, append([]string{ipName}, args...), &os.ProcAttr{
		Env:   r.env,
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return ipFailed("exec of \"%s\" failed: %s", r.path, strerror(err))
	}
	state, err := child.Wait()
	if err != nil {
		return err
	}
	return ended(state)
}

// noIP is the answer to a line that is for the real ip(8) if, says err, there is none.
func (c *cli) noIP(call *ipgrammar.Call, err error) error {
	switch {
	case strings.HasPrefix(strings.TrimLeft(call.Object, "-"), "V"):
		_, err := fmt.Fprintf(c.stdout, "ip utility, gons %s\n", readVersion().Version)
		return err
	case call.Object == "", strings.HasPrefix(call.Object, "-"), call.Object == "help":
		return ipgrammar.ErrUsage
	}
	return &ipFailure{statusNotFound, fmt.Sprintf("Object \"%s\" is for the real ip, and %v: "+
		"gons itself knows netns; the others come with iproute2 or busybox.", call.Object, err)}
}
