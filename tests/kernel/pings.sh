#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Echo requests that the rules refuse are dropped at XDP, where it is known that
# they have no entry: the rules look at nothing but what makes a connection, and
# nobody pings since before they were loaded.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

known="-m state --state RELATED,ESTABLISHED -j ACCEPT"
closed="-p icmp -m icmp --icmp-type 8 -j DROP"

# rules RULE...: what INPUT has behind what is known.
rules() {
	printf '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n'
	printf ':OUTPUT ACCEPT [0:0]\n-A INPUT %s\n' "$known"
	printf -- '-A INPUT %s\n' "$@"
	printf 'COMMIT\n'
}

attach() {
	try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
}

detach() {
	try 0 "$tamiz" detach --netns "$here" --dev dut0
}

load() {
	rules "$@" >"$tmp/rules"
	on "$here" iptables-legacy-restore "$tmp/rules" || exit 1
}

# echo_requests NETNS ADDRESS ID N: that many are sent there, with this id.
echo_requests() {
	on "$1" python3 -c 'import socket, struct, sys
def total(data):
    words = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    words = (words & 0xffff) + (words >> 16)
    return ~((words & 0xffff) + (words >> 16)) & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for i in range(int(sys.argv[3])):
    rest = struct.pack("!HH", int(sys.argv[2]), i)
    head = struct.pack("!BBH", 8, 0, total(b"\10\0\0\0" + rest))
    s.sendto(head + rest, (sys.argv[1], 0))' "$2" "$3" "$4"
}

# asks ID N: the peer does so to the host.
asks() {
	echo_requests "$there" 192.0.2.1 "$1" "$2"
}

# remember SECONDS: how long entries of ICMP live from now on.
remember() {
	on "$here" sh -c "echo $1 \
		>/proc/sys/net/netfilter/nf_conntrack_icmp_timeout"
}

nobody_pings() {
	attach
	cp "$tmp/out" "$tmp/noted"
	detach
	! grep -q "pinging" "$tmp/noted"
}

# Nobody pings: what is refused has no entry.
load "$closed"
remember 600
attach
! grep -q "pinging" "$tmp/out" || complain "$(cat "$tmp/out")"
asks 1 3
expect xdp "$closed" 3
detach

# Somebody does, since before the rules came: all of it goes up, and on.
load "-p icmp -j ACCEPT"
asks 2 1
load "$closed"
attach
says "others are pinging now"
asks 2 2
expect kernel "$known" 2
asks 1 3
expect xdp "$closed" 0
expect kernel "$closed" 3
detach

# When it has gone, what the host itself asks is nobody else's entry.
remember 1
asks 2 1
remember 600
echo_requests "$here" 192.0.2.2 5 1
wait_for nobody_pings || complain "$(cat "$tmp/out")"

# Rules that tell devices apart, where there is one; and where another comes.
by_device="-i dut0 -p icmp -m icmp --icmp-type 8 -j DROP"
load "$by_device"
attach
asks 3 2
expect xdp "$by_device" 2
on "$here" ip link add tz-more type veth peer name tz-most
"$tamiz" status --netns "$here" >"$tmp/out" 2>&1
says "tracks connections in another way"
detach
attach
asks 4 2
expect xdp "$by_device" 0
expect kernel "$by_device" 2
detach
finish
