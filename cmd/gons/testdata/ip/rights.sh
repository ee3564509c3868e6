# What cannot be done, for want of rights or of a directory that is fit.
weak() { setpriv --bounding-set=-sys_admin,-net_admin "$@"; }

t ip netns add a
t weak ip netns add b
t weak ip netns attach b $$
t weak ip netns exec a true
t weak ip -n a link
t weak ip netns set a 4
t weak ip netns list
t weak ip netns identify
t weak ip netns list-id
t weak ip -all netns exec true
t ip netns

# A limit on namespaces: that of a user namespace made for the purpose.
export -f t
t unshare --user --map-root-user --mount --net bash -c '
	mount -t tmpfs tmpfs /run
	echo 0 >/proc/sys/user/max_net_namespaces
	ip netns add x
	echo $?
	ip netns list
	ls -A /run/netns'

# A directory that is read-only, and one that is none.
umount /run/netns/a
umount /run/netns
mount -t tmpfs tmpfs /run/netns
mount -o remount,ro /run/netns
t ip netns add x
t ip netns attach x $$
t ip netns
umount /run/netns
rm -r /run/netns
touch /run/netns
t ip netns add x
t ip netns attach x $$
t ip netns delete x
t ip netns exec x true
t ip netns pids x
t ip netns identify
t ip -all netns exec true
t ip -all netns delete
rm /run/netns
mount -o remount,ro /run
t ip netns add x
t ip netns
t ip netns identify
t ip netns delete x
