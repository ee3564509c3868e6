# The same from a file: each line sees what the ones before it did.
cat >lines <<'END'
netns add peer
netns set peer 99
netns list
netns list-id
netns del peer
netns list
END
ip -batch lines
echo "status $?"
for _ in $(seq 100); do [ -z "$(ip netns list-id)" ] && break; sleep 0.02; done # the kernel takes its time
ip -batch - <lines
echo "status $?"
