# A command in a namespace: what it sees, and what becomes of its status.
t ip netns add a
t ip netns exec a true
for status in 0 1 2 125 126 127 255; do t ip netns exec a sh -c "exit $status"; done
for signal in TERM KILL SEGV INT; do t ip netns exec a sh -c "kill -$signal \$\$"; done
t ip netns exec a ''
t ip netns exec a nosuch
t ip netns exec a /nosuch
t ip netns exec a /etc
t ip netns exec a /etc/passwd
t ip netns exec a /etc/passwd/x
t ip netns exec a -- true
t ip netns exec nosuch true
t ip netns exec a printf '%s,' a 'b c' -x --help -n
t sh -c 'echo in | ip netns exec a cat'
t sh -c 'cd /usr/share; umask 027; V=7 ip netns exec a sh -c "pwd; umask; echo \$V"'
t sh -c 'sh -c "echo \$\$; exec ip netns exec a sh -c \"echo \\\$\\\$\"" | uniq | wc -l'
t sh -c 'ip netns exec a ls /sys/class/net'
t sh -c 'ip netns exec a sh -c "mount -t tmpfs here /mnt; ls -A /mnt | wc -l"; ls -A /mnt | wc -l'
t sh -c 'ip netns exec a true <&- >&- 2>&-'
printf 'echo without a shebang "$@"\n' >script
chmod +x script
t ip netns exec a ./script x y

# Each file of /etc/netns/NAME lies over that of /etc.
mkdir -p /etc/netns/a
echo '192.0.2.7 there' >/etc/netns/a/hosts
t ip netns exec a cat /etc/hosts
t ip -n a netns exec a cat /etc/hosts
t sh -c 'grep -c 192.0.2.7 /etc/hosts'
echo nowhere >/etc/netns/a/nosuchfile
t ip netns exec a echo all the same
mkdir /etc/netns/a/hostname
t ip -n a link show lo

# All of them.
t ip netns add b
t ip -all netns exec ip netns identify
t ip -a netns exec sh -c 'exit 3'
t ip -all netns exec nosuch
t ip -all netns exec sh -c 'kill -INT $$'
t ip -all netns exec /bin/echo hi
t ip -all netns exec a b
t ip -all netns del
t ip netns
t ip -all netns exec true
t ip -all netns del
