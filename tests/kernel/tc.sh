#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules of tcpdump expressions at tc, ingress and egress: what they drop does not
# come, what they pass goes on to the next filter; frames are as on the wire, with
# the tag that the kernel has taken out; merged segments, devices without a link
# header. Attached by tamiz, by tc, and as classic BPF by tc.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
tagged=$top_builddir/tests/kernel/tagged tunnel=$top_builddir/tests/kernel/tunnel
number=0
make_cable
add_cable6

# ---- UDP of both families, in and out ----

# Datagrams to a port where nobody listens, of both families, that came.
arrived() {
	on "$1" awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp
	on "$1" awk '/^Udp6NoPorts/ { print $2 }' /proc/net/snmp6
}

has_arrived() {
	[ "$(arrived "$1" | tr '\n' ' ')" = "$2 $3 " ]
}

# send_both PORT COUNT
send_both() {
	send "$2" "$1"
	on "$there" bash -c 'for ((i = 0; i < $1; i++)); do
		printf 0123456789 >"/dev/udp/2001:db8::1/$0"; done' "$1" "$2"
}

cat >"$tmp/rules.pcapf" <<'END'
drop udp dst port 9 and ip src 192.0.2.2
drop ip6 and udp dst port 9 and len = 72
accept udp port 10
limit 1/s:5 udp port 12
count udp port 13
END
must "$tamiz" attach "$tmp/rules.pcapf" --netns "$here" --dev dut0:ingress
says "dut0:ingress: 5 rules and policies in force (replace"
says ", tc)"
send_both 9 7
send_both 10 3
send_both 13 4
expect xdp "drop udp dst port 9 and ip src 192.0.2.2" 7
expect xdp "drop ip6 and udp dst port 9 and len = 72" 7
expect xdp "accept udp port 10" 6
expect xdp "count udp port 13" 8
wait_for has_arrived "$here" 7 7 ||
	complain "not 7 of each family arrived: $(arrived "$here")"
send 30 12
is_limited() {
	n=$(count xdp 'limit 1/s:5 udp port 12')
	[ "${n:-0}" -ge 15 ] && [ "$n" -le 25 ]
}
wait_for is_limited || complain "of 30 $n were over the rate"

# As any rules: beside XDP, replaced, in monitor mode, on trial, saved.
printf 'count udp port 9\n' >"$tmp/xdp.pcapf"
try 0 "$tamiz" attach "$tmp/xdp.pcapf" --netns "$here" --dev dut0
try 3 "$tamiz" attach "$tmp/rules.pcapf" --netns "$here" --dev dut0:ingress
says "dut0:ingress has rules of tamiz already"
sed 's/port 10/port 14/' "$tmp/rules.pcapf" >"$tmp/other.pcapf"
try 0 "$tamiz" replace "$tmp/other.pcapf" --netns "$here" \
	--dev dut0:ingress --monitor
send_both 9 2
expect xdp "count udp port 9" 4
expect would "drop udp dst port 9 and ip src 192.0.2.2" 2
expect xdp "drop udp dst port 9 and ip src 192.0.2.2" 7
try 0 "$tamiz" enforce --netns "$here" --dev dut0:ingress
try 0 "$tamiz" rollback --netns "$here" --dev dut0:ingress
expect xdp "accept udp port 10" 6
try 0 "$tamiz" replace "$tmp/other.pcapf" --netns "$here" \
	--dev dut0:ingress --confirm 1
is_back() {
	"$tamiz" status --netns "$here" --dev dut0:ingress -v |
		grep -q 'accept udp port 10'
}
wait_for is_back || complain "what is not confirmed stays"
before4=$(arrived "$here" | head -n 1) before6=$(arrived "$here" | tail -n 1)
send_both 9 3
send_both 14 1
wait_for has_arrived "$here" "$((before4 + 1))" "$((before6 + 1))" ||
	complain "the rules of before do not drop: $(arrived "$here")"
try 0 "$tamiz" save --netns "$here" --file "$tmp/state"
try 0 "$tamiz" detach --netns "$here" --all
try 0 "$tamiz" restore --file "$tmp/state" --netns "$here"
says "dut0:ingress: restored"
try 0 "$tamiz" status --netns "$here" --json
says '"xdp": "tc"'
try 0 "$tamiz" detach --netns "$here" --all

# Out, and its log.
printf 'sample 1/1 udp dst port 11\ndrop udp dst port 9\n' >"$tmp/out.pcapf"
must "$tamiz" attach "$tmp/out.pcapf" --netns "$here" --dev dut0:egress
for port in 9 11; do
	on "$here" bash -c 'for ((i = 0; i < 3; i++)); do
		printf x >"/dev/udp/192.0.2.2/$0"; done' "$port"
done
expect xdp "drop udp dst port 9" 3
wait_for has_arrived "$there" 3 0 || complain "not 3 went out"
try 0 timeout 60 "$tamiz" log --netns "$here" --dev dut0:egress --count 3
says "IN= OUT=dut0 MAC="
try 0 "$tamiz" detach --netns "$here" --dev dut0:egress
try 3 "$tamiz" detach --netns "$here" --dev dut0:egress

# What cannot be: another hook, rules of iptables.
try 3 "$tamiz" attach "$tmp/out.pcapf" --netns "$here" --dev dut0:out
says "there is no device dut0:out"
printf '*filter\nCOMMIT\n' >"$tmp/rules.v4"
try 1 "$tamiz" attach "$tmp/rules.v4" --netns "$here" --dev dut0:ingress
says "at tc there are rules of expressions only"

# ---- merged segments, in several pieces ----

cat >"$tmp/deep.pcapf" <<'END'
count tcp dst port 5001 and len > 9000
count tcp dst port 5001 and len > 9000 and ether[8996:4] = 0x41414141
count tcp dst port 5001 and len > 9000 and ether[8000 + (ip[0] & 15):2] = 0x4141
count tcp dst port 5001 and len > 9000 and ether[8996:4] != 0x41414141
END
must "$tamiz" attach "$tmp/deep.pcapf" --netns "$here" --dev dut0:ingress
start_on "$here" server python3 -uc '
import socket
server = socket.create_server(("192.0.2.1", 5001))
print("ready")
connection = server.accept()[0]
n = 0
while data := connection.recv(65536):
	n += len(data)
print("got", n)'
on "$there" python3 -c '
import socket
s = socket.create_connection(("192.0.2.1", 5001), 30)
s.sendall(b"A" * 4000000)'
wait_for grep -q 'got 4000000' "$lines" || complain "TCP: $(cat "$lines")"
# deep TEXT: what counts long segments, and asks more of them.
deep() {
	count xdp "count tcp dst port 5001 and len > 9000$1"
}

# Where segments are merged all of them match, and not the opposite.
reads_deep() {
	long=$(deep '')
	[ "$(deep ' and ether[8996:4] = 0x41414141')" = "$long" ] &&
		[ "$(deep ' and ether[8000 + (ip[0] & 15):2] = 0x4141')" = \
			"$long" ] &&
		[ "$(deep ' and ether[8996:4] != 0x41414141')" = 0 ]
}
wait_for reads_deep || {
	complain "what is deep in $long long frames is not read:"
	"$tamiz" status --netns "$here" -v
}
[ "${long:-0}" -gt 0 ] || echo "no segments are merged here"
try 0 "$tamiz" detach --netns "$here" --all

# ---- no link header ----

without_link() {
	on "$here" ip link set tun0 up
	on "$here" ip addr add 198.51.100.1/24 dev tun0
	add_address6 "$here" 2001:db8:1::1/64 tun0
	cat >"$tmp/tun.pcapf" <<-'END'
		drop ip6 and udp dst port 9
		drop udp dst port 9 and len = 38
		count udp
	END
	must "$tamiz" attach "$tmp/tun.pcapf" --netns "$here" --dev tun0:ingress
	printf '4 9 3\n6 9 4\n4 10 5\n6 10 6\n' >&9
	expect xdp 'drop ip6 and udp dst port 9' 4
	expect xdp 'drop udp dst port 9 and len = 38' 3
	expect xdp 'count udp' 11
	try 0 "$tamiz" detach --netns "$here" --all

	must "$tamiz" attach "$tmp/tun.pcapf" --netns "$here" --dev tun0:egress
	on "$here" bash -c 'for p in 9 10; do
		printf 0123456789 >/dev/udp/198.51.100.2/$p
		printf 0123456789 >/dev/udp/2001:db8:1::2/$p
	done'
	expect xdp 'drop ip6 and udp dst port 9' 1
	expect xdp 'drop udp dst port 9 and len = 38' 1
	wait_for grep -q '^6 10' "$lines" ||
		complain "what is passed does not go out: $(cat "$lines")"
	printf '4 10\n6 10\n' >"$tmp/wanted"
	grep '^[46]' "$lines" | cmp -s - "$tmp/wanted" ||
		complain "there goes out: $(cat "$lines")"
	try 0 "$tamiz" detach --netns "$here" --all
	try 3 "$tamiz" attach "$tmp/tun.pcapf" --netns "$here" --dev tun0
	says "has no Ethernet header"
	echo 'sample 1/2 udp' >"$tmp/sample.pcapf"
	try 1 "$tamiz" attach "$tmp/sample.pcapf" --netns "$here" \
		--dev tun0:ingress
	says "packets without an Ethernet header cannot be logged"
}

# A writer of its own, for the reader to open at once.
mkfifo "$tmp/orders"
exec 9<>"$tmp/orders"
start tun0 sh -c 'exec nsenter --net="/run/netns/$0" "$1" tun0 <"$2"' \
	"$here" "$tunnel" "$tmp/orders"
if grep -q none "$lines"; then
	echo "this kernel makes no tun devices"
else
	without_link
fi

# ---- tags: gen0 -> dut0 -> bridge -> out0 -> out1 ----

# Nobody sends but `tagged`.
for n in "$here" "$there"; do
	on "$n" sh -c 'cd /proc/sys/net/ipv6/conf &&
		echo 1 >all/disable_ipv6 && echo 1 >default/disable_ipv6'
done
on "$here" ip link add out0 type veth peer name out1
on "$here" ip link add br0 type bridge
for d in out0 out1 br0; do
	on "$here" ip link set "$d" up
done
on "$here" sh -c 'for f in ip ip6 arp; do
	f=/proc/sys/net/bridge/bridge-nf-call-${f}tables
	[ ! -w $f ] || echo 0 >$f
done'
on "$here" ip link set dut0 master br0
on "$here" ip link set out0 master br0
start_on "$here" out1 "$tagged" serve raw out1

# send_frames COUNT: the kinds of `tagged` in turn.
send_frames() {
	on "$there" "$tagged" send gen0 02:00:00:00:00:77 "$number" "$1" ||
		complain "frames are not sent"
	number=$((number + $1))
}

has_last() {
	grep -q "^$1 " "$tmp/out1"
}

# The bridge forwards once its ports are learning.
is_forwarded() {
	send_frames 1
	has_last "$((number - 1))"
}
wait_for is_forwarded || {
	complain "the bridge does not forward"
	finish
}

# come KINDS FIRST: of the frames from FIRST on, three of each of these kinds
# have come to out1, and no others. The program that judged is gone by now.
come() {
	last=$number
	send_frames 1
	wait_for has_last "$last" || complain "nothing comes to the end"
	awk -v first="$2" -v last="$last" '$1 >= first && $1 < last { n[$2]++ }
		END { for (k in n) print k, n[k] }' "$tmp/out1" |
		sort >"$tmp/got"
	for k in $1; do
		echo "$k 3"
	done | sort >"$tmp/wanted"
	cmp -s "$tmp/wanted" "$tmp/got" || {
		complain "other frames come than $1:"
		diff "$tmp/wanted" "$tmp/got"
	}
}

kinds='plain4 plain6 five4 five6 seven4 zero4 both4 fivearp arp mpls stp'

# without WHAT: the kinds but those.
without() {
	for k in $kinds; do
		case " $1 " in
		*" $k "*) ;;
		*) echo "$k" ;;
		esac
	done
}

# Frames that the one program there is has dropped.
dropped() {
	"$tamiz" status --json --netns "$here" |
		awk '/"dropped"/ { there = 1 }
		there && /"packets"/ { gsub(/[^0-9]/, ""); print; exit }'
}

have_dropped() {
	[ "$(dropped)" = "$1" ]
}

# drops KINDS EXPRESSION: those are dropped, in and out, the others not.
drops() {
	printf 'drop %s\n' "$2" >"$tmp/one.pcapf"
	for place in dut0:ingress out0:egress; do
		first=$number
		must "$tamiz" attach "$tmp/one.pcapf" --netns "$here" \
			--dev "$place"
		send_frames 33
		wait_for have_dropped "$((3 * $(echo "$1" | wc -w)))" ||
			complain "$place, $2: $(dropped) are dropped"
		must "$tamiz" detach --netns "$here" --dev "$place"
		come "$(without "$1")" "$first"
	done
}

fives='five4 five6 both4 fivearp'
drops "$fives" 'vlan 5'
drops "$fives seven4 zero4" 'vlan'
drops 'plain4 plain6 arp mpls stp' 'not vlan'
drops 'plain4 plain6' 'udp port 5300'
drops 'five4 five6' 'vlan 5 and udp port 5300'
drops 'both4' 'vlan 5 and vlan 7'
drops 'five4' 'ether[12:4] = 0x81000005 and ether[16:2] = 0x800'
drops 'five4 fivearp' 'ether[10:4] = 0x00098100 and ether[13:4] = 0x00000508'
drops 'seven4' 'ether[12:2] = 0x88a8 and ether[14:4] = 0x00070800'
drops "$kinds" 'len = 120'
drops 'five4 five6' 'vlan 5 and (ip[2:2] = 102 or ip6[4:2] = 62)'

# ---- by tc itself, without tamiz: what is passed meets the next filter ----

next_filter() {
	on "$here" tc filter add dev dut0 ingress prio 2 protocol all u32 \
		match u32 0 0 action mirred egress redirect dev out0 \
		>/dev/null 2>&1
}

on "$here" ip link set dut0 nomaster
on "$here" ip link set out0 nomaster
if on "$here" tc qdisc add dev dut0 clsact && next_filter; then
	printf 'count ip6\ndrop vlan 5\n' >"$tmp/tc.pcapf"
	must "$tamiz" compile "$tmp/tc.pcapf" -t tc --emit=obj -o "$tmp/tc.o"
	first=$number
	must on "$here" tc filter add dev dut0 ingress prio 1 \
		bpf direct-action obj "$tmp/tc.o" sec tc
	send_frames 33
	on "$here" tc filter del dev dut0 ingress prio 1
	come "$(without "$fives")" "$first"

	# Classic BPF selects, with the tag beside the frame.
	on "$here" tc filter del dev dut0 ingress prio 2
	for e in 'vlan 5 and not ip6' 'vlan and udp port 5300'; do
		code=$("$tamiz" compile -t socket --link en10mb \
			--emit=bytecode -e "$e")
		first=$number
		must on "$here" tc filter add dev dut0 ingress prio 1 bpf \
			bytecode "$code" flowid 1:1 \
			action mirred egress redirect dev out0
		send_frames 33
		on "$here" tc filter del dev dut0 ingress prio 1
		next_filter
		case $e in
		*ip6) come 'five4 both4 fivearp' "$first" ;;
		*) come 'five4 five6 seven4 zero4' "$first" ;;
		esac
		on "$here" tc filter del dev dut0 ingress prio 2
	done
else
	echo "this kernel has no actions of tc: not by tc itself"
fi

# A program that asks for the tag gets the frame without it, and the type that the
# kernel knows is that behind the tag.
printf 'ld #vlan_tci\nand #0xfff\njneq #5, L1\nldh [12]\njneq #0x800, L1
ld #proto\njneq #0x800, L1\nret #1\nL1: ret #0\n' >"$tmp/one.bpf"
must "$tamiz" attach "$tmp/one.bpf" --netns "$here" --dev dut0:ingress
send_frames 33
wait_for have_dropped 3 || complain "by the tag: $(dropped) are dropped"
must "$tamiz" detach --netns "$here" --all

# What is logged is the frame with its tag, cut or whole.
printf 'sample 1/1 vlan 5 and ip\n' >"$tmp/sample.pcapf"
printf 'drop vlan 5 and ip and len = 120\n' >"$tmp/five.pcapf"
for bytes in 256 60 17; do
	must "$tamiz" attach "$tmp/sample.pcapf" --snaplen $bytes \
		--netns "$here" --dev dut0:ingress
	send_frames 33
	try 0 timeout 60 "$tamiz" log --netns "$here" --dev dut0:ingress \
		--count 3 --pcap "$tmp/log.pcapng"
	must "$tamiz" detach --netns "$here" --all
	[ $bytes -ge 18 ] || continue
	try 0 "$tamiz" run "$tmp/five.pcapf" --pcap "$tmp/log.pcapng" -q
	says '3 packets: 0 accept, 3 drop'
done
finish
