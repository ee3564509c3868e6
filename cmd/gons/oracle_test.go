package main

import (
	"gons/internal/nstest"

	"github.com/rogpeppe/go-internal/testscript"
)

// onRunDir runs ip(8), which knows only one run directory, in a mount namespace where that is the one of the script. The mounts
// below it belong to the same peer group, so what ip(8) mounts is seen outside and the other way round. /run/netns itself may be the
// run directory of another script: that one must not see the mount.
const onRunDir = `
mkdir -p /run/netns
mount --make-private /run/netns 2>/dev/null || true
mount --rbind "$GONS_RUN_DIR" /run/netns
json=
if [ "$1" = -j ]; then json=-j; shift; fi
exec ${NET:+nsenter --net="$NET"} ip $json netns "$@"
`

// cmdIPNetns is "ip netns" as an oracle, in the network namespace $NET if the script has one: scripts that use it can run at the same time.
func cmdIPNetns(ts *testscript.TestScript, neg bool, args []string) {
	for _, tool := range []string{"unshare", "ip"} {
		if _, err := nstest.FindTool(tool); err != nil {
			ts.Fatalf("%v", err)
		}
	}
	err := ts.Exec("unshare", append([]string{"--mount", "--propagation", "unchanged", "sh", "-euc", onRunDir, "ip-netns"}, args...)...)
	switch {
	case err == nil && neg:
		ts.Fatalf("ip netns %v succeeded unexpectedly", args)
	case err != nil && !neg:
		ts.Fatalf("ip netns %v: %v", args, err)
	}
}
