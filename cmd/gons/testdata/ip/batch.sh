# Files of lines.
t ip netns add a

printf '%s\n' 'netns add c' 'netns "add" d # a comment' '' '# nothing' 'netns add "e f"' 'netns \' 'add g' "netns add 'h'i" \
	'  net	add  tab' 'netns add a"b c"' 'netns exec "a" echo "x  y" "#z"' >made
t ip -b made
t ip netns
t ip -force -batch made
t ip -batch made -force
t ip -b made -force -d

printf 'netns add z' >made
t ip -b made
printf 'netns add zz\\' >made
t ip -b made
printf 'netns add zzz\\\n' >made
t ip -b made
printf 'netns add "y\nnetns add yy\n' >made
t ip -force -b made
t ip netns

# Lines that fail.
lines() { printf '%s\n' "$@" >made; }
lines 'bogus' 'netns add after'
t ip -b made
t ip -force -b made
lines '-n a netns' 'netns add after2'
t ip -force -b made
lines 'netns bogus' 'netns add never'
t ip -force -b made
lines 'netns add a/b' 'netns add never'
t ip -force -b made
lines 'netns help' 'netns add never'
t ip -force -b made
lines 'netns list-id foo' 'netns add never'
t ip -force -b made
lines 'netns delete nosuch' 'netns delete nosuch' 'netns delete after'
t ip -b made
t ip -force -b made
lines 'netns exec a sh -c "exit 7"' 'netns exec a echo next'
t ip -b made
t ip -force -b made
lines 'netns exec a sh -c "exit 255"' 'netns exec a echo next'
t ip -force -b made
lines "netns exec a sh -c 'kill -9 \$\$'" 'netns exec a echo next'
t ip -force -b made
t ip netns

# With other objects among them.
lines 'link add v0 type veth peer name v1 netns a' 'netns add w' 'link set v0 up' '-br link' 'link show nosuch' \
	'netns exec a ip -br link show v1' 'link set v0 netns w' 'netns exec w ip -br link show v0'
t ip -br -force -b made
lines 'link set lo mtu x' 'netns add never'
t ip -force -b made
lines 'link help' 'netns add never'
t ip -force -b made
lines 'link show nosuch' 'link show lo'
t ip -force -b made
t ip -b made

# Every line has the options of the command line, and happens where the command line says.
lines 'netns' 'netns list-id' 'link show lo'
t ip -j -b made
lines 'netns identify' 'netns exec w ip netns identify' 'netns identify' 'link show v1'
t ip -n a -b made
t ip -n nosuch -b made
lines 'netns exec true' 'netns'
t ip -all -b made

# From standard input, and commands with an input of their own.
t sh -c 'printf "netns\nnetns add q\nnetns bogus\n" | ip -b -'
t sh -c 'printf "netns exec a cat\nnetns exec a echo next\n" | ip -b -'
lines 'netns exec a cat' 'netns exec a echo next'
t sh -c 'echo not this | ip -b made'
t sh -c 'ip -b made <&-'
lines
t ip -b made
t ip -b /dev/null

# The namespace of a line is that line's only.
lines 'netns add p' 'netns exec p true' 'netns attach here '$$ 'netns identify' 'netns delete here'
t ip -b made
