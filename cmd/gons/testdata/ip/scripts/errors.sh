# A careful installer: it asks before it acts, and lives on statuses.
NS=vpn
exists() { ip netns list 2>/dev/null | grep -qE "^$NS( |$)"; }
ensure() { exists || ip netns add "$NS"; }
remove() { ip netns delete "$NS" 2>/dev/null || true; }

remove
exists || echo absent
ensure && ensure && echo present
ip netns add "$NS" 2>/dev/null
case $? in 1) echo exists already ;; *) echo unexpected ;; esac
ip netns exec "$NS" true && echo usable
ip netns exec nothere true 2>msg
[ $? -eq 255 ] && echo cannot enter
grep -o 'Cannot open network namespace.*' msg
ip netns exec "$NS" nosuchcommand 2>msg
[ $? -eq 1 ] && echo cannot run
cat msg
ip netns exec "$NS" sh -c 'kill -TERM $$'
echo "killed: $?"
out=$(ip netns exec "$NS" sh -c 'echo out; echo err >&2; exit 9' 2>err) || echo "$? $out $(cat err)"
echo data | ip netns exec "$NS" tr a-z A-Z
ip netns exec "$NS" sh <<END
echo "in \$(ip netns identify)"
END
outside=$(readlink /proc/self/ns/net)
inside=$(ip netns exec "$NS" readlink /proc/self/ns/net)
[ "$inside" != "$outside" ] && echo elsewhere
[ "$inside" = "$(ip netns exec "$NS" ip netns exec "$NS" readlink /proc/self/ns/net)" ] && echo again
(exec ip netns exec "$NS" sh -c 'exit 5') || echo "exec: $?"
ip netns exec "$NS" sleep 60 &
pid=$!
for _ in $(seq 50); do [ -n "$(ip netns pids "$NS")" ] && break; sleep 0.1; done
[ "$(ip netns pids "$NS")" = "$pid" ] && echo same process
ip netns pids "$NS" | xargs -r kill
wait "$pid"
echo "sleep: $?"
ip -n "$NS" link set lo up && ip -n "$NS" -o link show lo | grep -o 'state [A-Z]*'
remove
exists || echo gone
ip netns pids "$NS" || echo "pids: $?"
ip -n "$NS" link || echo "link: $?"
ip netns help 2>/dev/null || echo "help: $?"
ip netns list extra | wc -l
