# A switch with three hosts, made in loops, with helpers as people write them.
set -u
N=3
run() { ip netns exec "$@"; }
die() { echo "error: $*" >&2; exit 1; }

ip netns add switch || die "cannot make the switch"
ip -n switch link add br0 type bridge || die "no bridge"
ip -n switch link set br0 up
for i in $(seq "$N"); do
	ip netns add "host$i" || die "host$i"
	ip link add "p$i" netns switch type veth peer name eth0 netns "host$i" || die "veth $i"
	ip -n switch link set dev "p$i" master br0 up
	ip -n "host$i" addr add "192.0.2.$i/24" dev eth0
	ip -n "host$i" link set dev eth0 up
	ip -n "host$i" link set lo up
done
run switch ip -o link show master br0 | awk '{print $2}'
for ns in $(ip netns list | awk '/^host/ {print $1}' | sort); do
	printf '%s: ' "$ns"
	run "$ns" sh -c 'ip -4 -o addr show dev eth0 | awk "{print \$4}"'
done
ip -all netns exec sh -c 'ls /sys/class/net | wc -l'
ip netns add host1 2>err && die "twice"
cat err
if ! ip netns exec host9 true; then echo "no host9: $?"; fi
run host1 false || echo "false: $?"
run host1 sh -c 'exit 42'
echo "42: $?"
ip -all netns delete
ip netns list | wc -l
