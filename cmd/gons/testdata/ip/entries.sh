# What each command makes of entries of every kind.
t ip netns
t ip netns identify
t ip netns list-id
t ip -all netns exec true
t ip -all netns delete
t ip netns delete x
t ip netns add a
t ip netns add b
ln -s /run/netns/a /run/netns/link
ln -s /nosuch /run/netns/dangling
ln -s loop /run/netns/loop
touch /run/netns/stale
ln -s stale /run/netns/pointer
mkdir /run/netns/directory
touch /run/netns/uts
mount --bind /proc/self/ns/uts /run/netns/uts
t ip netns list
t ip netns set a 3
for name in link dangling stale pointer directory uts loop; do
	t ip netns add $name
	t ip netns attach $name $$
	t ip netns exec $name true
	t ip -n $name link
	t ip netns pids $name
	case $name in dangling | loop) ;; *) t ip netns set $name 40 ;; esac # since 6.4 ip says nothing there
done
t ip -j netns
t ip netns identify
t ip netns attach here $$
t ip netns identify
t ip netns identify $$
t ip netns exec a ip netns identify
t ip netns exec b ip netns identify
t ip netns exec link ip netns identify
t ip netns attach again $$
t ip netns identify
for name in dangling loop pointer stale directory uts; do t ip netns delete $name; done
rmdir /run/netns/directory
t ip netns delete here
t ip netns identify
t ip netns list
t ip netns delete again
t ip netns identify

# Who is in it.
ip netns exec b sleep 60 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done
t sh -c "[ \"\$(ip netns pids b)\" = $! ] && ip netns identify $!"
t ip netns pids a
t ip netns delete b
t ip netns attach rescued $!
t ip netns
t ip netns identify $!
kill $!
wait
t ip netns identify $!

# Ids.
t ip netns add c
t ip netns add d
t ip netns set c 010
t ip netns set c 8
t ip netns set c auto
t ip netns set d 8
t ip netns set d 0x20
t ip netns
t ip -j netns
t ip netns list-id
t ip netns list-id nsid 8
t ip netns list-id nsid 32
t ip netns list-id target-nsid 8
t ip -n c netns set d 5
t ip netns list-id target-nsid 8
t ip -j netns list-id target-nsid 8
t ip -j -p netns list-id target-nsid 8
t ip netns list-id target-nsid 8 nsid 32
t ip -j netns list-id target-nsid 8 nsid 32
t ip netns list-id target-nsid 8 nsid 8
t ip netns list-id target-nsid 8 nsid 3
t ip -j -p netns list-id target-nsid 8 nsid 3
t ip -n c netns list-id
ip netns exec c unshare -n sleep 60 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done
t ip netns attach e $!
t ip netns set e 77
t ip netns delete e
t ip netns list-id
t ip -j netns list-id
kill $!
wait
