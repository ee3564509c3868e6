# What is refused before anything is done: texts and exit statuses.
t ip netns add
t ip netns set
t ip netns delete
t ip netns pids
t ip netns exec
t ip netns attach
t ip netns attach x
t ip netns set x
t ip netns exec x
t ip -all netns exec
t ip netns ''
t ip netns bogus
t ip netns bogus a/b
t ip netns -h
t ip netns lisst

# Names: the first argument is checked as one, whatever it is.
for name in '' . .. a/b /abs ../x "$long" "${long}x"; do
	t ip netns add "$name"
	t ip netns delete "$name"
	t ip netns exec "$name" true
	t ip netns identify "$name"
	t ip netns list "$name"
	t ip netns bogus "$name"
done
t ip -all netns list a/b
t ip netns

# Numbers are read as in C.
t ip netns add x
for id in au -1 -0x5 99999999999 2147483648 0xffffffff 1x '' ' ' 08 + - 0x; do t ip netns set x "$id"; done
t ip netns set nosuch x
for pid in x 0 -1 99999999 1x 99999999999 '' +0; do t ip netns attach y "$pid"; done
t ip netns identify x
t ip netns identify -1
t ip netns identify 1 2
t ip netns identify 99999999
t ip netns identify 99999999999999999999
t ip netns identify 01
t ip netns pids nosuch
t ip netns pids x y
t ip netns delete nosuch
t ip netns add x
t ip netns attach x $$
t ip netns

# Ids.
for args in foo 'nsid' 'target-nsid' 'nsid x' 'nsid 4294967295' 'target-nsid x' 'nsid 1 nsid 2' \
	'target-nsid 1 target-nsid 2' 'nsid 99' 'target-nsid 99' 'target-nsid 99 nsid 98' 'nsid 1 foo' 'ns 1' help; do
	# shellcheck disable=SC2086 # these are words
	t ip netns list-id $args
done

# Wherever they can stand, the words of help go to standard error with status 255.
t ip netns help
t ip netns h
t ip netns help me

# Options.
t ip -n
t ip -n '' netns
t ip -n . netns
t ip -n nosuch netns
t ip -n nosuch link
t ip -n x -n nosuch link
t ip -n x -bogus
t ip -bogus -n nosuch
t ip -bogus
t ip --bogus netns
t ip -family
t ip -f foo link
t ip -f foo netns
t ip -b
t ip -
t ip foo
t ip ''
t ip ne foo
t ip -b /nosuch
