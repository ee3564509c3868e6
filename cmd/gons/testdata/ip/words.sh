# Every word and every abbreviation means what it means to ip: the first that fits of a fixed order.
for word in a ad add; do t ip netns $word $word; done
for word in at att atta attac attach; do t ip netns $word $word $$; done
for word in s sh sho show l li lis list ls lst; do t ip netns $word; done
for word in list- list-i list-id; do t ip netns $word; done
for word in se set; do t ip netns $word a 7; done
for word in h he hel help; do t ip netns $word; done
for word in i id ide iden ident identi identif identify; do t ip netns $word; done
for word in p pi pid pids; do t ip netns $word a; done
for word in e ex exe exec; do t ip netns $word add echo in; done
for word in d de del dele delet delete; do t ip netns $word a; done
# What was deleted is known by its id until the kernel has taken it apart.
for _ in {1..500}; do [ -n "$(ip netns list-id)" ] || break; sleep .01; done
for word in addx lists x exece ' add'; do t ip netns "$word" y; done
for object in net netn netns; do t ip $object; done
t ip netnss
t ip -n ad netns i
t ip -net ad netns i
t ip -netns ad netns i
t ip --netns ad netns i
t ip --n ad netns i
t ip -N netns
t ip -- netns

# Options that mean nothing to netns, in all their forms.
for option in -s -st -stats -statistics -d -det -r -o -4 -6 -0 -M -B -t -ts -c -c=never -color=always -br -iec -h -human -p -pretty \
	-force '-f inet' '-family inet6' '-l 3' '-rc 100' '-rcvbuf 4096'; do
	# shellcheck disable=SC2086 # some have a value
	t ip $option netns
done
for option in -j -js -json --json '-j -p' '-p -j' '-j -pretty'; do
	# shellcheck disable=SC2086 # some are two
	t ip $option netns
	# shellcheck disable=SC2086
	t ip $option netns list-id
done

# What follows is ignored by some commands and refused by others.
t ip netns add one two
t ip netns del one two
t ip netns list one two
t ip netns add two
t ip netns set two auto more words
t ip netns attach three $$ more
t ip netns list
