package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gons/internal/exec"
	"gons/internal/mounts"

	"github.com/spf13/cobra"
)

// execOptions are the flags that say how a command runs in a namespace.
type execOptions struct {
	sys         mounts.SysMode
	etc         mounts.EtcMode
	propagation mounts.Propagation
	dns         []string
	strict      bool
	noMounts    bool

	dir      string
	env      []string
	clearEnv bool

	user       string
	groups     []string
	asCaller   bool
	caps       []string
	noNewPrivs bool

	etcSet, groupsSet, capsSet bool // the flag was given
}

// mountFlags are those that --no-mounts leaves without a meaning.
var mountFlags = [...]string{"sys", "etc", "dns", "strict", "propagation"}

func (o *execOptions) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(choice[mounts.SysMode]{&o.sys, []string{"keep", "fresh", "none"}}, "sys",
		"what /sys shows: keep (the namespace's devices, and what is mounted below), fresh (without that) or none (the machine's)")
	flags.Var(choice[mounts.EtcMode]{&o.etc, []string{"bind", "overlay", "none"}}, "etc",
		"how /etc/netns/NAME gets into /etc: bind, overlay or none")
	flags.Var(choice[mounts.Propagation]{&o.propagation, []string{"slave", "private"}}, "propagation",
		"what is mounted outside later arrives inside (slave) or does not (private)")
	flags.StringSliceVar(&o.dns, "dns", nil, "ask these name servers, for this command alone")
	flags.BoolVar(&o.strict, "strict", false, "do not run the command if /sys, /etc or --dns is not as it should be")
	flags.BoolVar(&o.noMounts, "no-mounts", false, "switch the network namespace and nothing else: /sys and /etc stay the machine's")
	flags.StringVar(&o.dir, "wd", "", "start in the directory `DIR`, looked up inside")
	flags.StringArrayVar(&o.env, "env", nil, "set an environment variable, `KEY=VALUE`")
	flags.BoolVar(&o.clearEnv, "clear-env", false, "start from an empty environment")
	flags.StringVar(&o.user, "user", "", "run as `USER[:GROUP]`, names or numbers")
	flags.StringSliceVar(&o.groups, "groups", nil, "supplementary groups, instead of those of the user's account")
	flags.BoolVar(&o.asCaller, "as-caller", false, "run as the user who called sudo, in his environment")
	flags.StringSliceVar(&o.caps, "cap", nil, "keep this capability, and only those that are named")
	flags.BoolVar(&o.noNewPrivs, "no-new-privs", false, "the command and its children never get more rights (set-user-ID has no effect)")
}

// check finds what is wrong with the flags by themselves.
func (o *execOptions) check(cmd *cobra.Command) error {
	flags := cmd.Flags()
	o.etcSet, o.groupsSet, o.capsSet = flags.Changed("etc"), flags.Changed("groups"), flags.Changed("cap")
	if o.noMounts {
		for _, name := range mountFlags {
			if flags.Changed(name) {
				return usage(cmd, fmt.Sprintf("--no-mounts and --%s exclude each other", name))
			}
		}
	}
	if o.asCaller && o.user != "" {
		return usage(cmd, "--as-caller and --user exclude each other")
	}
	if flags.Changed("user") && o.user == "" {
		return usage(cmd, "--user: no user given")
	}
	for _, kv := range o.env {
		if key, _, ok := strings.Cut(kv, "="); !ok || key == "" {
			return usage(cmd, fmt.Sprintf("--env: %q is not KEY=VALUE", kv))
		}
	}
	if len(o.dns) > maxServers {
		return usage(cmd, fmt.Sprintf("--dns: at most %d, the C library asks no more", maxServers))
	}
	if flags.Changed("dns") && len(o.dns) == 0 {
		return usage(cmd, "--dns: no address given")
	}
	for _, server := range o.dns {
		if _, err := netip.ParseAddr(server); err != nil {
			return usage(cmd, fmt.Sprintf("--dns: %q is not an IP address", server))
		}
	}
	for _, name := range o.caps {
		if _, err := exec.ParseCapability(name); err != nil {
			return usage(cmd, "--cap: "+err.Error())
		}
	}
	if len(o.caps) > 0 && hasRightsOfFile() {
		// Else whoever may run a gons with file capabilities could run everything with them.
		return &statusError{statusPrepare, errors.New("--cap: the rights of gons come from its file and are not handed on")}
	}
	return nil
}

// maxServers is MAXNS of resolv.conf(5).
const maxServers = 3

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

// target completes a plan.
func (c *cli) target(p *exec.Plan, ns *target) {
	p.NS, p.Name = ns.NsHandle, ns.label
	if ns.name != "" {
		p.Etc = filepath.Join(c.etc, ns.name)
	}
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
	if account == nil && !o.groupsSet && !o.capsSet && !o.noNewPrivs {
		return nil, nil
	}
	creds := &exec.Credentials{NoNewPrivs: o.noNewPrivs, LimitCaps: o.capsSet, SetGroups: o.groupsSet}
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

// A choice is a flag that takes one of some words. Its value is the number of the word.
type choice[T ~int] struct {
	value *T
	words []string
}

func (f choice[T]) Type() string { return strings.Join(f.words, "|") }

func (f choice[T]) String() string {
	if f.value == nil {
		return ""
	}
	return f.words[*f.value]
}

func (f choice[T]) Set(word string) error {
	n := slices.Index(f.words, word)
	if n < 0 {
		return fmt.Errorf("must be one of %s", strings.Join(f.words, ", "))
	}
	*f.value = T(n)
	return nil
}
