package main

import (
	"errors"
	"fmt"
	"net/netip"
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
		"what /sys shows: the namespace's devices and what is mounted below, without that, or what it shows outside")
	flags.Var(choice[mounts.EtcMode]{&o.etc, []string{"bind", "overlay", "none"}}, "etc",
		"how the files of /etc/netns/NAME get into /etc")
	flags.Var(choice[mounts.Propagation]{&o.propagation, []string{"slave", "private"}}, "propagation",
		"whether what is mounted outside later arrives inside")
	flags.StringSliceVar(&o.dns, "dns", nil, "ask the name server at `ADDRESS`, for this command alone (up to three)")
	flags.BoolVar(&o.strict, "strict", false, "do not run the command if /sys, /etc or --dns is not as it should be")
	flags.BoolVar(&o.noMounts, "no-mounts", false, "switch the network namespace and nothing else: /sys and /etc stay the machine's")
	flags.StringVar(&o.dir, "wd", "", "start in the directory `DIR`, looked up inside")
	flags.StringArrayVar(&o.env, "env", nil, "set an environment variable, `KEY=VALUE`")
	flags.BoolVar(&o.clearEnv, "clear-env", false, "start from an empty environment")
	flags.StringVar(&o.user, "user", "", "run as `USER[:GROUP]`, names or numbers")
	flags.StringSliceVar(&o.groups, "groups", nil, "be in this `GROUP` and those in further --groups, instead of the supplementary groups of the account")
	flags.BoolVar(&o.asCaller, "as-caller", false, "run as the user who called sudo, in his environment")
	flags.StringSliceVar(&o.caps, "cap", nil, "keep the capability `NAME`, and only those that are named")
	choices(cmd, "sys")
	choices(cmd, "etc")
	choices(cmd, "propagation")
	completeFlag(cmd, "dns", noFiles)
	completeFlag(cmd, "wd", directories)
	completeFlag(cmd, "env", completeVariable)
	completeFlag(cmd, "user", completeUser)
	completeFlag(cmd, "groups", listOf(completeGroup))
	completeFlag(cmd, "cap", listOf(completeCapability))
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
