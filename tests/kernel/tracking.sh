#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules on the state of connections, attached: what has an entry passes and
# what has none is dropped at XDP; what attach reads of the host's connection
# tracking and NAT, and what status says when it is another.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
command -v ethtool >/dev/null || {
	echo "no ethtool"
	exit 77
}
make_cable
# What comes by a cable has checksums; without them nothing is proved.
on "$here" ethtool -K dut0 tx off >/dev/null
on "$there" ethtool -K gen0 tx off >/dev/null

known="-m state --state RELATED,ESTABLISHED -j ACCEPT"
open="-p udp -m state --state NEW -m udp --dport 53 -j ACCEPT"
closed="-p udp -m udp --dport 9 -j DROP"
errors="-p icmp -m icmp --icmp-type 3 -j DROP"
cat >"$tmp/rules" <<END
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT $known
-A INPUT $open
-A INPUT $closed
-A INPUT $errors
COMMIT
END

# attach SAYS...: the rules, on a device that has none; what is said of each.
attach() {
	try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
	for text; do
		says "$text"
	done
}

detach() {
	try 0 "$tamiz" detach --netns "$here" --dev dut0
}

status_says() {
	"$tamiz" status --netns "$here" >"$tmp/out" 2>&1
	says "$1"
}

no_drift() {
	"$tamiz" status --netns "$here" >"$tmp/out" 2>&1
	! grep -q drifted "$tmp/out" || complain "drifted: $(cat "$tmp/out")"
}

# from NETNS ADDRESS PORT PEER PORT: one datagram between two ports.
from() {
	on "$1" python3 -c 'import socket, sys
a = sys.argv
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((a[1], int(a[2])))
s.sendto(b"0123456789", (a[3], int(a[4])))' "$2" "$3" "$4" "$5"
}

# fails PORT...: errors for the host, about datagrams that went from its port 9.
fails() {
	on "$there" python3 -c 'import socket, struct, sys
def total(data):
    words = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    words = (words & 0xffff) + (words >> 16)
    return ~((words & 0xffff) + (words >> 16)) & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
ends = [socket.inet_aton(a) for a in ("192.0.2.1", "192.0.2.2")]
for port in sys.argv[1:]:
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0)
    udp = struct.pack("!HHHH", 9, int(port), 8, 0)
    quote = ip + ends[0] + ends[1] + udp
    head = struct.pack("!BBHI", 3, 3, total(b"\3\3" + quote), 0)
    s.sendto(head + quote, ("192.0.2.1", 0))' "$@"
}

# Nobody tracks: what XDP finds in no table may be a connection's all the same.
attach "no rule that is live has the kernel track connections"
status_says "connections: unknown"
send 3 9
expect xdp "$closed" 0
detach

loose=/proc/sys/net/netfilter/nf_conntrack_tcp_loose
for backend in legacy nft; do
	on "$here" "iptables-$backend-restore" "$tmp/rules" || exit 1
	attach "judged as iptables-$backend would"
	! grep -q "is unknown" "$tmp/out" || complain "$(cat "$tmp/out")"
	no_drift
	status_says "connections: what the rules drop is looked up"
	send 3 9
	expect xdp "$closed" 3
	send 2 53
	expect kernel "$open" 2
	# A flow that we began, from that very port, has an entry.
	there_mac=$(on "$there" ip -o link show gen0 |
		sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')
	on "$here" ip neigh replace 192.0.2.2 lladdr "$there_mac" dev dut0
	from "$here" 192.0.2.1 9 192.0.2.2 4000
	from "$there" 192.0.2.2 4000 192.0.2.1 9
	# ... and an error that says that nobody listens there is RELATED.
	expect kernel "$known" 2
	expect xdp "$closed" 3
	# One about what we never sent is not: it is INVALID.
	fails 4000 4001 4002
	expect kernel "$known" 3
	expect xdp "$errors" 2

	# What was learnt of the host is saved with the rules.
	try 0 "$tamiz" save --netns "$here" --file "$tmp/saved"
	detach
	try 0 "$tamiz" restore --netns "$here" --file "$tmp/saved"
	no_drift
	status_says "connections: what the rules drop is looked up"
	send 2 9
	expect xdp "$closed" 2

	# What the kernel does to connections may change behind our back.
	on "$here" sh -c "echo 0 >$loose"
	status_says "tracks connections in another way"
	on "$here" sh -c "echo 1 >$loose"
	no_drift
	on "$here" "iptables-$backend" -F
	status_says "no live rule has the kernel track connections"
	detach
	# At boot rules may be late.
	try 0 "$tamiz" restore --netns "$here" --file "$tmp/saved"
	says "until one does, XDP may drop"
	detach
	on "$here" "iptables-$backend" -P INPUT ACCEPT
	on "$here" "iptables-$backend" -P FORWARD ACCEPT
done

on "$here" iptables-legacy-restore "$tmp/rules"
attach "judged as iptables-legacy would"

# host EXPECTED COMMAND...: something in the host beside the files.
host() {
	expected=$1
	shift
	no_drift
	on "$here" "$@" || complain "cannot: $*"
	status_says "drifted"
	try 0 "$tamiz" replace --dry-run "$tmp/rules" --netns "$here" --dev dut0
	says "$expected"
}
raw="iptables-legacy -t raw"
# shellcheck disable=SC2086
{
	host "may expect connections" \
		$raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	on "$here" $raw -F
	host "rules put connections into zones" \
		$raw -A PREROUTING -i gen0 -j CT --zone 7
	on "$here" $raw -F
	host "leave packets untracked" \
		$raw -A PREROUTING -p udp --dport 53 -j CT --notrack
	on "$here" $raw -F
	host "(NAT) by rules that are not in the files" iptables-legacy -t nat \
		-A PREROUTING -p udp --dport 99 -j REDIRECT --to-ports 53
	on "$here" iptables-legacy -t nat -F
}
nft_has() {
	cat >"$tmp/nft" <<END
table inet other {
	$2
	chain early { type filter hook prerouting priority -300; $3; }
}
END
	host "$1" nft -f "$tmp/nft"
	on "$here" nft delete table inet other
}
if command -v nft >/dev/null; then
	nft_has "rules put connections into zones" "" "ct zone set 1"
	nft_has "leave packets untracked" "" "udp dport 53 notrack"
	nft_has "may expect connections" \
		'ct helper f { type "ftp" protocol tcp; }' "counter"
	nft_has "(NAT) by rules that are not in the files" "chain nat {
		type nat hook prerouting priority -100
		udp dport 99 redirect to :53; }" "counter"
	# A table that iptables-nft does not print, for what it has besides.
	printf '%s\n' "*raw" "-A PREROUTING -p tcp --dport 21 -j CT --helper ftp" \
		COMMIT >"$tmp/raw"
	on "$here" iptables-nft-restore -n "$tmp/raw"
	on "$here" nft add rule ip raw PREROUTING ct mark 5 counter
	try 0 "$tamiz" replace --dry-run "$tmp/rules" --netns "$here" --dev dut0
	says "may expect connections"
	on "$here" nft delete table ip raw
fi
detach

# What a host sends to itself comes in with what NOTRACK made of it.
cat >"$tmp/own" <<END
*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 54 -m state --state INVALID -j DROP
-A OUTPUT -p udp -m udp --dport 53:54 -j CT --notrack
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT $known
-A INPUT -m state --state UNTRACKED -j ACCEPT
COMMIT
END
on "$here" iptables-legacy-restore "$tmp/own"
try 0 "$tamiz" attach "$tmp/own" --netns "$here" --dev lo
says "comes with the state that it was sent with"
for port in 53 54; do
	from "$here" 127.0.0.1 4000 127.0.0.1 $port
done
"$tamiz" status --netns "$here" >"$tmp/out" 2>&1
says "frames: 0 dropped"
try 0 "$tamiz" detach --netns "$here" --dev lo
on "$here" iptables-legacy -t raw -F
on "$here" iptables-legacy-restore "$tmp/rules"

# A host that translates: what its own nat table sends elsewhere goes up, the
# rest is judged by where it goes, and answers have an entry.
cat >"$tmp/rules" <<END
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 8053 -j REDIRECT --to-ports 53
-A PREROUTING -d 192.0.2.50/32 -p udp -m udp --dport 9 -j DNAT --to-destination 192.0.2.1:53
-A POSTROUTING -o dut0 -p udp -j MASQUERADE --to-ports 5000-5999
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT $known
-A INPUT $open
-A INPUT $closed
-A INPUT -p udp -m udp --dport 5000:8053 -j DROP
COMMIT
END
late="-p udp -m udp --dport 5000:8053 -j DROP"
on "$there" ip neigh replace 192.0.2.50 lladdr "$mac" dev gen0
for backend in legacy nft; do
	on "$here" iptables-legacy -t nat -F
	on "$here" iptables-legacy -F
	on "$here" iptables-legacy -P INPUT ACCEPT
	on "$here" iptables-legacy -P FORWARD ACCEPT
	on "$here" "iptables-$backend-restore" "$tmp/rules" || exit 1
	attach "judged as iptables-$backend would"
	! grep -q "is unknown" "$tmp/out" || complain "$(cat "$tmp/out")"
	no_drift
	send 2 8053
	expect kernel "$open" 2
	from "$there" 192.0.2.2 4000 192.0.2.50 9
	expect kernel "$open" 3
	send 3 9
	expect xdp "$closed" 3
	send 2 5001
	expect xdp "$late" 2
	# Our own port becomes one of 5000 and up; the answer is to that.
	on "$there" python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.2", 4001))
open("'"$tmp"'/ready", "w")
s.settimeout(20)
s.sendto(*s.recvfrom(100))' &
	wait_for [ -e "$tmp/ready" ]
	from "$here" 192.0.2.1 9 192.0.2.2 4001
	wait $!
	expect kernel "$known" 1
	expect xdp "$late" 2
	expect kernel "$late" 0
	detach
	rm "$tmp/ready"
done
finish
