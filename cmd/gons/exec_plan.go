package main

import (
	"errors"
	"net/netip"
	"os"
	"strings"

	"gons/internal/exec"
	"gons/internal/mounts"
)

// plan returns what the flags say, to be completed with a namespace. All that the machine has to be asked about is asked here,
// where its own files are still in /etc.
func (o *execOptions) plan(c *cli, argv []string) (*exec.Plan, error) {
	p := &exec.Plan{
		Argv:        argv,
		Warn:        c.warnWithHint,
		NoMounts:    o.noMounts,
		Propagation: o.propagation,
		Sys:         o.sys,
		EtcMode:     o.etc,
		Strict:      o.strict,
		Dir:         o.dir,
	}
	if len(o.dns) > 0 {
		p.DNS = &mounts.DNS{}
		for _, server := range o.dns {
			p.DNS.Servers = append(p.DNS.Servers, netip.MustParseAddr(server)) // checked before
		}
		if !o.etcSet {
			p.EtcMode = mounts.EtcOverlay // a bind mount goes when the machine replaces the file
		}
	}
	account, err := o.account()
	if err != nil {
		return nil, err
	}
	if p.Credentials, err = o.credentials(account); err != nil {
		return nil, err
	}
	p.Env = o.environ(account)
	return p, nil
}

// target completes a plan with the namespace that it is for. The error is that of etcOf. A copy of one plan can be completed for each of many.
func (c *cli) target(p *exec.Plan, ns *target) (err error) {
	p.NS, p.Name = ns.NsHandle, ns.label
	if ns.name != "" && p.EtcMode != mounts.EtcNone {
		p.Etc, err = c.etcOf(ns.name)
	}
	return err
}

// account is the user to run as, nil for the present one.
func (o *execOptions) account() (*exec.Account, error) {
	switch {
	case o.asCaller:
		a, err := exec.Caller(os.Environ())
		if errors.Is(err, exec.ErrNoCaller) {
			return nil, withHint(err, `--as-caller is for "sudo gons exec"; --user names a user`)
		}
		return a, err
	case o.user != "":
		return exec.LookupAccount(o.user)
	}
	return nil, nil
}

func (o *execOptions) credentials(account *exec.Account) (*exec.Credentials, error) {
	// A caller who has no rights but those of the file of gons may be the master of the network: a set-user-ID program could be told
	// lies there.
	noNewPrivs := o.noNewPrivs || hasRightsOfFile()
	if account == nil && !o.groupsSet && !o.capsSet && !noNewPrivs {
		return nil, nil
	}
	creds := &exec.Credentials{NoNewPrivs: noNewPrivs, LimitCaps: o.capsSet, SetGroups: o.groupsSet}
	if account != nil {
		creds.Switch, creds.UID, creds.GID = true, account.UID, account.GID
		creds.SetGroups, creds.Groups = true, account.Groups
	}
	if o.groupsSet {
		creds.Groups = nil
		for _, name := range o.groups {
			gid, err := exec.LookupGroup(name)
			if err != nil {
				return nil, err
			}
			creds.Groups = append(creds.Groups, gid)
		}
	}
	for _, name := range o.caps {
		number, err := exec.ParseCapability(name)
		if err != nil {
			return nil, err
		}
		creds.Caps = append(creds.Caps, number)
	}
	return creds, nil
}

// environ is the command's environment, but for GONS_NETNS.
func (o *execOptions) environ(account *exec.Account) []string {
	env := os.Environ()
	if o.asCaller {
		env = exec.CallerEnv(env)
	}
	if o.clearEnv {
		env = nil
	}
	if account != nil {
		env = account.Env(env)
	}
	for _, kv := range o.env {
		key, value, _ := strings.Cut(kv, "=")
		env = exec.Setenv(env, key, value)
	}
	return env
}
