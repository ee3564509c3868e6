# Everything else is for the real ip, wherever the options say.
t ip netns add red
t ip link show lo
t ip -n red link show lo
t ip -n red -br link set lo up
t ip -br -n red addr show lo
t ip -j -n red link show lo
t ip -n red -n red link show lo
t ip -net red -4 -o addr show dev lo
t ip -6 -o -n red addr
t ip link add v0 type veth peer name v1 netns red
t ip -br link show type veth
t ip -n red -o link show v1
t ip -n red link set v1 nosuch
t ip -n red link show nosuch
t ip route get 127.0.0.1
t ip -V
t ip
t ip help
t ip -help
t ip link help
t ip -n red help
t ip -n red
t ip -n red -V
t ip -V netns
t ip -n red route
t ip link set v0 netns red
t ip -n red netns identify
t ip -n red netns list
t ip -n red netns exec red sh -c 'ip netns identify'
t ip -n red netns exec nosuch true
t ip -n ../netns/red netns identify
t ip -n red netns set red 5
t ip -n red netns
t ip netns exec red ip -br addr
t ip netns exec red sh -c 'exit 3'
t ip -n red netns exec red sh -c 'exit 4'
t ip -n red -all netns exec sh -c 'exit 5'
