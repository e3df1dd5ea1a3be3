#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules that ask sets, on a device: members come and go while they run, by hand
# and from the kernel's own sets; some go by the clock; a replace leaves alone
# what the files leave alone, and a rollback brings back what was.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
command -v ipset >/dev/null || {
	echo "no ipset"
	exit 77
}
make_cable
drop='-m set --match-set bad src -j DROP'
ports='-m set --match-set ports src,dst -j DROP'

cat >"$tmp/rules" <<-END
	*raw
	:PREROUTING ACCEPT [0:0]
	-A PREROUTING $drop
	-A PREROUTING $ports
	-A PREROUTING -m set --match-set either src -j DROP
	COMMIT
END
cat >"$tmp/sets" <<-END
	create bad hash:net family inet maxelem 4096 timeout 0
	add bad 198.51.100.0/24
	create ports hash:ip,port family inet maxelem 2
	create spare hash:ip,port family inet
	create left hash:net timeout 0 maxelem 2
	create either list:set
	add either left
END

set_() {
	verb=$1
	shift
	"$tamiz" set "$verb" "$@" --netns "$here"
}

change() {
	try 0 "$tamiz" "$1" "$tmp/rules" "$tmp/$2" --netns "$here" --dev dut0
}

# drops N RULE: that many datagrams to port 9 are dropped by the rule.
drops() {
	wanted=$(($(count xdp "$2") + $1))
	send "$1" 9
	expect xdp "$2" $wanted
}

# passes RULE: none is. The one that is known to be dropped comes behind it.
passes() {
	was=$(count xdp "$1")
	send 3 9
	try 0 set_ add left 192.0.2.2
	drops 1 '-m set --match-set either src -j DROP'
	try 0 set_ del left 192.0.2.2
	[ "$(count xdp "$1")" = "$was" ] || complain "dropped: $1"
}

change attach sets
says "the kernel has no set bad"
passes "$drop"
try 0 set_ add bad 192.0.2.0/25
says "added 1 member on 1 device"
drops 2 "$drop"
# The longest prefix decides.
try 0 set_ add bad '192.0.2.2 nomatch'
passes "$drop"
try 0 set_ list bad
says "create bad hash:net family inet maxelem 4096 timeout 0"
says "add bad 192.0.2.2 timeout 0 nomatch"
says "add bad 198.51.100.0/24 timeout 0"
try 0 set_ del bad 192.0.2.2 203.0.113.1
drops 1 "$drop"
# Gone by the clock, and what it hid is there again.
try 0 set_ add bad '192.0.2.2 timeout 1 nomatch'
drops_again() {
	was=$(count xdp "$drop")
	send 1 9
	[ "$(count xdp "$drop")" -gt "$was" ]
}
wait_for drops_again || complain "a member with a timeout stays"
try 0 set_ list bad
! grep -q 'add bad 192.0.2.2' "$tmp/out" || complain "what has gone is listed"
try 0 set_ del bad 192.0.2.0/25
passes "$drop"

# In a set that is full what has gone makes room, and nothing else does.
try 0 set_ add left '203.0.113.1 timeout 1' 203.0.113.2
try 0 set_ list left
wait_for set_ add left 203.0.113.3 >/dev/null 2>&1 ||
	complain "what has gone is in the way"
try 3 set_ add left 203.0.113.4
says "full"
try 0 set_ del left 203.0.113.2 203.0.113.3

# Ports; a set that is full; two that change places; words that are wrong.
try 0 set_ add ports 192.0.2.2,udp:9 192.0.2.2,tcp:9
drops 1 "$ports"
try 3 set_ add ports 192.0.2.2,udp:10
says "full"
try 1 set_ add ports 192.0.2.2
says "has 2 parts"
try 3 set_ add spare 192.0.2.2,udp:10
says "no rules"
try 3 set_ swap ports bad
says "of two kinds"
try 0 set_ del ports 192.0.2.2,udp:9 192.0.2.2,tcp:9
passes "$ports"

# Ten thousand at once, there and back.
for i in $(seq 0 39); do
	for j in $(seq 0 249); do
		echo "10.$i.$j.1"
	done
done >"$tmp/many"
try 3 set_ add bad - <"$tmp/many"
try 0 set_ del bad - <"$tmp/many"
head -n 4000 "$tmp/many" >"$tmp/some"
try 0 set_ add bad - <"$tmp/some"
says "added 4000 members"
try 0 set_ list bad
[ "$(grep -c '^add' "$tmp/out")" = 4001 ] || complain "4001 members are not"
try 0 set_ del bad - <"$tmp/some"

# The kernel's sets.
on "$here" ipset restore <<-END || complain "ipset"
	create bad hash:net family inet maxelem 4096 timeout 0
	add bad 192.0.2.2
	create ports hash:ip,port family inet
	add ports 192.0.2.2,udp:7
END
try 0 set_ sync bad
says "synchronised 1 member"
drops 1 "$drop"
# More than the file's maxelem lets in.
on "$here" ipset add ports 192.0.2.2,udp:8
on "$here" ipset add ports 192.0.2.2,udp:10
on "$here" ipset add ports 192.0.2.2,udp:11
try 0 set_ sync ports
try 0 set_ list ports
says "4 members"
on "$here" ipset del ports 192.0.2.2,udp:8
on "$here" ipset del ports 192.0.2.2,udp:10
on "$here" ipset del ports 192.0.2.2,udp:11
on "$here" ipset flush bad
try 0 set_ sync
says "has no set left"
passes "$drop"
try 0 set_ list ports
says "add ports 192.0.2.2,udp:7"

# What the files leave alone goes on; what they change begins anew.
try 0 set_ add bad 192.0.2.2
change replace sets
drops 1 "$drop"
sed 's/^add bad .*/add bad 203.0.113.0\/24/' "$tmp/sets" >"$tmp/others"
change replace others
says "the kernel's set bad is not that of the files: it has 0 other members, and lacks 1"
passes "$drop"
try 0 "$tamiz" rollback --netns "$here" --dev dut0
drops 1 "$drop"

# Members of interfaces: they come by hand, and go with others.
cat >"$tmp/rules2" <<-END
	*raw
	:PREROUTING ACCEPT [0:0]
	-A PREROUTING -m set --match-set nets src,src -j DROP
	-A PREROUTING -m set --match-set one dst -j DROP
	-A PREROUTING -m set --match-set wide dst -j DROP
	COMMIT
END
cat >"$tmp/nets" <<-END
	create nets hash:net,iface maxelem 3000000000
	create one hash:ip maxelem 4294967295
	create wide hash:ip netmask 24
END
nets='-m set --match-set nets src,src -j DROP'
try 0 "$tamiz" replace "$tmp/rules2" "$tmp/nets" --netns "$here" --dev dut0
try 0 set_ add nets 192.0.2.0/24,dut0
says "added 1 member on 1 device"
drops 1 "$nets"
try 0 set_ add nets 192.0.2.0/25,dut1
send 1 9
try 0 set_ list nets
says "2 members"
# Keys that fit, and mean something else.
try 3 set_ swap one wide
says "of two kinds"
try 1 set_ del nets 192.0.2.0/25,dut1
says "go by sync or replace"
try 1 set_ add nets 0.0.0.0/0,dut0
says "only the kernel"
on "$here" ipset create nets hash:net,iface
on "$here" ipset add nets 192.0.2.0/24,dut0
try 0 set_ sync nets
says "synchronised 1 member on 1 device"
drops 1 "$nets"
[ "$(count xdp "$nets")" = 2 ] || complain "another interface's network"
# What only the kernel compares; names that ipset saves without quotes.
on "$here" ipset create 'of two words' hash:ip
on "$here" ipset add nets 192.0.2.0/25,dut wildcard
try 0 set_ sync nets
says "the kernel's set nets is of another kind now"
on "$here" ipset flush nets
on "$here" ipset add nets 192.0.2.0/25,physdev:dut0
try 0 set_ sync nets
says "the kernel's set nets is of another kind now"
change replace sets

# The whole of it from the kernel.
on "$here" ipset add bad 192.0.2.2
on "$here" ipset create either list:set
on "$here" ipset create left hash:net timeout 0
on "$here" ipset add either left
try 0 "$tamiz" replace "$tmp/rules" --ipset=live --netns "$here" --dev dut0
drops 1 "$drop"
try 0 "$tamiz" status --netns "$here"

# Another map in the place of one is not read as a set.
if command -v bpftool >/dev/null; then
	for pin in "$netns_dir"/dut0/set0_*; do
		rm -f "$pin"
		must bpftool map create "$pin" type hash key 200 value 4096 \
			entries 1 name other
	done
	try 3 set_ list bad
	says "cannot open the set bad of dut0: Invalid argument"
	try 1 set_ add bad 192.0.2.9
fi

try 0 "$tamiz" detach --all --netns "$here"
[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
try 3 set_ list
says "no rules here ask sets"
finish
