# An inventory for other programs, by way of JSON.
read_json() {
	if command -v jq >/dev/null; then jq "$@"; else cat; fi
}
ip -j netns list-id
for name in one two three; do ip netns add $name; done
ip netns set two 22
ip netns set three 33
ip -j netns list | read_json -c 'sort_by(.name)[]'
ip -j netns | read_json -r '.[] | select(.id != null) | "\(.id) \(.name)"' | sort
ip --json --pretty netns list-id | read_json -c '.[]'
count=$(ip -j netns list | read_json length)
echo "$count namespaces"
for name in $(ip -j netns list | read_json -r '.[].name' | sort); do
	ip -n "$name" -j link show lo | read_json -c '.[0] | [.ifname, .operstate, .mtu]'
done
ip link add v0 type veth peer name v1 netns two
ip -j link show v0 | read_json -c '.[0] | [.ifname, .link_netnsid, .link_netns]'
ip -j netns list-id target-nsid 22 | read_json -c '.[]'
ip -j -n two netns list-id | read_json -c '.[]'
ip -j netns list-id nsid 22 target-nsid 33 | read_json -c '.[]'
