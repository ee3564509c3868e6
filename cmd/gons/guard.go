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

// etcOf is the directory with files for the /etc of the namespace name. The error is a [trust.Error] if others could put
// files there, such as a passwd for what root runs.
func (c *cli) etcOf(name string) (string, error) {
	dir := filepath.Join(c.etc, name)
	for _, dir := range []string{c.etc, dir} {
		if err := trust.Dir(dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}
