# An id that is set by hand is shown by list and list-id, and goes with the namespace.
set -e
ip netns add peer
ip netns set peer 99
ip netns list | grep -x 'peer (id: 99)'
ip netns | grep -cw 99
ip netns list-id
ip netns list-id | grep -w 'nsid 99' | grep -w peer
ip netns delete peer
for _ in $(seq 100); do [ -z "$(ip netns list-id)" ] && break; sleep 0.02; done # the kernel takes its time
[ -z "$(ip netns list)" ] && echo none left
[ -z "$(ip netns list-id)" ] && echo no ids
