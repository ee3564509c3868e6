# A laboratory from a batch file that mixes objects, as test suites write it.
{
	for r in r1 r2 r3; do
		echo "netns add $r"
		echo "netns exec $r ip link set lo up"
	done
	for wire in 'r1 r2 12' 'r2 r3 23'; do
		read -r a b net <<<"$wire"
		echo "# from $a to $b"
		echo "link add $a-$b type veth peer name $b-$a"
		echo "link set $a-$b netns $a"
		echo "link set $b-$a netns $b"
		echo "netns exec $a ip addr add 10.0.$net.1/24 dev $a-$b"
		echo "netns exec $b ip addr add 10.0.$net.2/24 dev $b-$a"
		echo "netns exec $a ip link set $a-$b \\"
		echo "   up"
		echo "netns exec $b ip link set $b-$a up"
	done
} >lab.batch
ip -batch lab.batch || exit 1
ip netns | sort
for r in r1 r2 r3; do
	ip netns exec "$r" ip -4 -o addr | awk '{print $2, $4}'
done
until ip -n r1 -br link show r1-r2 | grep -q ' UP '; do sleep 0.02; done
printf 'route add 10.0.23.0/24 via 10.0.12.2\nroute show\n' | ip -n r1 -batch -
echo 'route add 10.0.12.0/24 via 10.0.99.9' | ip -n r3 -batch - || echo "refused: $?"
printf 'netns del r1\nnetns del r1\nnetns del r2\n' >down
ip -batch down || echo "stopped: $?"
ip -force -batch down || echo "went on: $?"
ip netns
