# Two hosts and a wire: the example of every tutorial.
set -eu
cleanup() {
	for ns in client server; do
		ip netns list | grep -qw "$ns" && ip netns del "$ns"
	done
	echo "left: $(ip netns list | wc -l)"
}
trap cleanup EXIT

for ns in client server; do
	ip netns add "$ns"
	ip -n "$ns" link set lo up
done
ip link add name c0 type veth peer name s0
ip link set c0 netns client
ip link set s0 netns server
ip netns exec client ip addr add 10.99.0.1/24 dev c0
ip netns exec server ip addr add 10.99.0.2/24 dev s0
ip netns exec client ip link set c0 up
ip netns exec server ip link set s0 up
for end in 'client c0' 'server s0'; do
	# shellcheck disable=SC2086 # a namespace and a device
	set -- $end
	until ip -n "$1" -br link show "$2" | grep -q ' UP '; do sleep 0.02; done
done
ip -n client route add 10.98.0.0/16 via 10.99.0.2
ip -n client route
ip -n server -br -4 addr
ip -n server link show s0 | grep -o 'link-netns [a-z]*'

ip netns exec server bash -c 'echo $$; exec sleep 60' >pid &
for _ in $(seq 50); do [ -s pid ] && break; sleep 0.1; done
[ "$(ip netns pids server)" = "$(cat pid)" ] && echo one process
ip netns identify "$(cat pid)"
ip netns exec client bash -c 'exec 3<>/dev/tcp/10.99.0.2/9' 2>/dev/null || echo "connect: $?"
kill "$(cat pid)"
wait $! || echo "sleep: $?"
ip netns pids server | wc -l
