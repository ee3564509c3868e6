# Names that scripts can have.
for name in x 'a b' 'ä' '日本' 'a"b' "a'b" 'a\b' '$x' '*' '.hidden' 'a-b' '#' "$long" 'a&b' '<x>'; do
	t ip netns add "$name"
	t ip netns exec "$name" echo in
	t ip netns pids "$name"
	t ip -n "$name" netns identify
done
t ip netns list
t ip -j netns list
t ip -j -p netns list
t ip -all netns exec true
t ip netns delete '*'
t ip netns delete "$long"
t ip netns list
