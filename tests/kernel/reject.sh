#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --reject: what is answered at XDP is answered as the kernel does, byte by
# byte, and counted as there; what only the kernel can answer goes up to it.
here=$(dirname "$0")
# shellcheck source=tests/kernel/lib.sh
. "$here/lib.sh"

ask=$top_builddir/tests/kernel/reject_ask

# mac_of NAMESPACE DEVICE. (/sys is not that of the namespace.)
mac_of() {
	on "$1" ip -o link show "$2" | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'
}

neighbours() {
	mac=$(mac_of "$there" gen0)
	far=$(mac_of "$there" far0)
	for a in 192.0.2.2 192.0.2.3; do
		on "$here" ip neigh replace $a lladdr "$mac" dev dut0
	done
	for a in fd07:1::2 fd07:1::3; do
		on "$here" ip neigh replace $a lladdr "$mac" dev dut0
	done
	on "$here" ip neigh replace 198.51.100.9 lladdr "$far" dev dut1
	on "$here" ip neigh replace fd07:2::9 lladdr "$far" dev dut1
}

# Two cables: answers come back by the first, the way leads on by the second.
make_lab() {
	make_cable
	ip link add dut1 netns "$here" type veth peer name far0 netns "$there"
	on "$here" sysctl -qw net.ipv4.icmp_ratelimit=0 \
		net.ipv4.icmp_msgs_burst=10000 net.ipv4.icmp_msgs_per_sec=100000 \
		net.ipv6.icmp.ratelimit=0 net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.dut0.send_redirects=0 \
		net.ipv4.ip_default_ttl=77 net.ipv6.conf.dut0.hop_limit=99
	on "$here" ip addr add 192.0.2.9/24 dev dut0
	on "$here" ip addr add 198.51.100.1/24 dev dut1
	on "$here" ip link set dut1 up
	on "$there" ip link set far0 up
	add_address6 "$here" fd07:1::1/64 dut0
	add_address6 "$here" fd07:1::9/64 dut0
	add_address6 "$here" fd07:2::1/64 dut1
	neighbours
	on "$here" ip route add 203.0.113.0/24 via 192.0.2.2
	on "$here" ip -6 route add fd07:3::/64 via fd07:1::2
	# a veth receives what XDP sends only with a program of its own
	echo 'int pass(void *ctx) { return 2; }' |
		"$CLANG" -target bpf -O2 -c -x c - -o "$tmp/pass.o"
	on "$there" ip link set gen0 xdpdrv obj "$tmp/pass.o" sec .text
	# sums that the device makes are none yet at XDP, nor in what is compared
	on "$here" ethtool -K dut0 tx off >"$tmp/out"
	on "$there" ethtool -K gen0 tx off >"$tmp/out"
	on "$here" iptables-legacy-restore "$top_srcdir/tests/kernel/reject.rules"
	on "$here" ip6tables-legacy-restore \
		"$top_srcdir/tests/kernel/reject.rules6"
}

# answers FILE: to all frames.
answers() {
	neighbours
	on "$there" "$ask" gen0 "$(mac_of "$here" dut0)" >"$1" ||
		complain "no answers: $(tail -1 "$1")"
}

# Packets and bytes of the rules, in their order: as the kernel has them, and
# as status has them; `xdp`: how many of the packets went no further.
kernel_counts() {
	for save in iptables-legacy-save ip6tables-legacy-save; do
		on "$here" $save -c | sed -n 's/^\[\([0-9]*\):\([0-9]*\)\].*/\1 \2/p'
	done
}

status_counts() {
	"$tamiz" status -v -x --netns "$here" | awk '/ REJECT / { print $1, $2 }'
}

xdp_counts() {
	"$tamiz" status -v -x --netns "$here" |
		awk '/ REJECT / { n = n (n ? " " : "") $3 } END { print n }'
}

zero() {
	on "$here" iptables-legacy -Z
	on "$here" ip6tables-legacy -Z
}

attach() {
	try 0 "$tamiz" attach "$top_srcdir/tests/kernel/reject.rules" \
		"$top_srcdir/tests/kernel/reject.rules6" --netns "$here" \
		--dev dut0 "$@"
}

# same HOW-MANY-AT-XDP OPTION...: the kernel alone, then with XDP before it.
same() {
	at_xdp=$1
	shift
	zero
	answers "$tmp/kernel"
	kernel_counts >"$tmp/kernel.counts"
	zero
	attach "$@"
	cp "$tmp/out" "$tmp/attached"
	answers "$tmp/xdp"
	diff "$tmp/kernel" "$tmp/xdp" || complain "$*: answers differ"
	status_counts >"$tmp/counts"
	diff "$tmp/kernel.counts" "$tmp/counts" || complain "$*: counts differ"
	xdp=$(xdp_counts)
	[ "$xdp" = "$at_xdp" ] || complain "$*: at XDP $xdp, not $at_xdp"
	try 0 "$tamiz" detach --netns "$here" --dev dut0
}

not_noted() {
	! grep -q 'goes up' "$tmp/attached" || complain "says: $(cat "$tmp/attached")"
}

# How many errors of ICMP came back so far: "destination unreachable".
errors() {
	on "$there" cat /proc/net/snmp | awk '/^Icmp: [0-9]/ { print $5 }'
}

rule='-p udp -m udp --dport 103 -j REJECT --reject-with icmp-port-unreachable'

make_lab
# A host that forwards.
same '129 1 1 1 1 11 1 1 1 6 1 1 1 0 3 1 6 1 1 1 10 1 1 4 1 1' --reject=answer
not_noted
grep -q 'IPv4 port: [0-9a-f]' "$tmp/xdp" || complain "nothing is answered"

# Without --reject, and dropped without an answer.
same '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0' --reject=kernel

# One that does not, where loopback may be asked.
on "$here" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
on "$here" sysctl -qw net.ipv4.conf.lo.forwarding=1 net.ipv6.conf.lo.forwarding=1
same '129 1 1 1 1 11 1 1 1 6 1 1 1 0 0 0 6 1 1 1 10 1 1 4 0 0' --reject=answer
not_noted

# Where it may not, all goes up, and attach says why.
on "$here" sysctl -qw net.ipv4.conf.lo.forwarding=0 net.ipv6.conf.lo.forwarding=0
same '2 0 0 0 0 2 0 0 0 3 0 0 0 0 0 0 1 0 0 0 2 0 0 2 0 0' --reject=answer
for f in 4 6; do
	grep -q "net.ipv$f.conf.lo.forwarding" "$tmp/attached" ||
		complain "does not say what keeps answers from being given"
done
on "$here" sysctl -qw net.ipv4.conf.lo.forwarding=1 net.ipv6.conf.lo.forwarding=1

# The other end of a veth takes nothing without a program.
on "$there" ip link set gen0 xdpdrv off
same '2 0 0 0 0 2 0 0 0 3 0 0 0 0 0 0 1 0 0 0 2 0 0 2 0 0' --reject=answer
grep -q 'has no XDP program' "$tmp/attached" || complain "does not say why"
on "$there" ip link set gen0 xdpdrv obj "$tmp/pass.o" sec .text

# Who only watches is told nothing by the program, until it is enforced, and by
# the kernel once.
zero
attach --reject=answer --monitor
answers "$tmp/xdp"
diff "$tmp/kernel" "$tmp/xdp" || complain "answers in monitor mode"
kernel_counts >"$tmp/counts"
diff "$tmp/kernel.counts" "$tmp/counts" || complain "monitor mode keeps some"
try 0 "$tamiz" enforce --netns "$here" --dev dut0
zero
answers "$tmp/xdp"
diff "$tmp/kernel" "$tmp/xdp" || complain "enforced: answers differ"
kernel_counts | awk '{ n += $1 } END { exit n > 60 }' ||
	complain "enforced, the kernel answers"
try 0 "$tamiz" detach --netns "$here" --dev dut0

# So many at once, and one a second; beyond that, silence.
attach --reject=answer --reject-rate 1
before=$(errors)
send 200 103
expect xdp "$rule" 200
n=$(($(errors) - before))
[ "$n" -ge 50 ] && [ "$n" -lt 150 ] || complain "$n answers of 200"
try 0 "$tamiz" detach --netns "$here" --dev dut0

# By a bridge the way back is another.
on "$here" ip link add bridge0 type bridge
on "$here" ip link set dut1 master bridge0
try 0 "$tamiz" attach "$top_srcdir/tests/kernel/reject.rules" --netns "$here" \
	--dev dut1 --as bridge0 --reject=answer
says "dut1 goes up to be answered: routing leads back by bridge0"
try 0 "$tamiz" detach --netns "$here" --dev dut1
try 0 "$tamiz" attach "$top_srcdir/tests/kernel/reject.rules" --netns "$here" \
	--dev dut1 --as bridge0 --reject=answer --mode=replace --force
says "dut1 is dropped without an answer: routing leads back by bridge0"
try 0 "$tamiz" detach --netns "$here" --dev dut1

# Nobody is told anything.
attach --reject=drop
before=$(errors)
send 20 103
expect xdp "$rule" 20
[ "$(errors)" = "$before" ] || complain "--reject=drop answers"
finish
