package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gons/internal/trust"

	"golang.org/x/sys/unix"
)

// guard refuses circumstances in which gons would do what somebody else wants with the rights it has.
func (c *cli) guard(args []string) error {
	err := c.refusal()
	if err != nil && len(args) > 0 && args[0] != "" && strings.HasPrefix("exec", args[0]) {
		return &statusError{statusPrepare, err}
	}
	return err
}

func (c *cli) refusal() error {
	// What ip(8) does there is to hand the command an effective user id of 0.
	if unix.Getuid() != unix.Geteuid() || unix.Getgid() != unix.Getegid() {
		return withHint(errors.New("run with the rights of the file's owner: gons must not be set-user-ID or set-group-ID"),
			`"chmod ug-s" its file, and give rights with sudo`)
	}
	for variable, dir := range map[string]string{"GONS_RUN_DIR": string(c.dir), "GONS_ETC_DIR": c.etc} {
		if !filepath.IsAbs(dir) {
			return &statusError{statusUsage, fmt.Errorf("use %s=%q: it has to be an absolute path", variable, dir)}
		}
	}
	return nil
}

// defaultEtc is the directory with the files of ip-netns(8) for /etc.
const defaultEtc = "/etc/netns"

// etcOf is the directory with files for the /etc of the namespace name, empty if there is none. The error is a [trust.Error] if
// others could put files there, such as a passwd for what root runs.
func (c *cli) etcOf(name string) (string, error) {
	dir := filepath.Join(c.etc, name)
	err := error(nil)
	if c.etc != defaultEtc { // who can write to / or /etc has the machine
		err = trust.Above(c.etc)
	}
	if err == nil {
		err = trust.Dir(c.etc)
	}
	if err == nil && strings.Contains(name, "/") { // called ip, gons takes what leads through a directory
		err = trust.Above(dir)
	}
	if err == nil {
		err = trust.Dir(dir)
	}
	var other *trust.Error
	switch {
	case errors.Is(err, unix.ENOENT):
		return "", nil // and if there is one in a moment, somebody else may have made it
	case errors.As(err, &other):
		return "", err
	}
	return dir, nil // any other reason is told when it is used
}
