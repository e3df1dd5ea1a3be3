#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tcpdump expressions against libpcap, on the corpus beside the tree: a part of
# it with few made packets, and some by dice; `pcap.sh all` takes every
# expression, and 10,000 made packets for each, `pcap.sh random SEED COUNT` as
# many by dice. The sanitizers, which see our own code alone, see a third of it.
set -u

corpus=$top_srcdir/../shared/corpus
program=$top_builddir/tests/oracle/pcap_test
more='=vlan and (tcp port 80 or 443) or not udp
=geneve and ip6 and ip6[40] & 0x80 = 0 and not ether src 2:0:0:0:0:1
=ip and vxlan 100 and ip ~~ udp dst port 4789 and udp[8] & 8 = 8 and udp[12:4] & 0xffffff00 = 25600 and udp[28:2] = 0x800
=ip and vxlan and vlan 9 and icmp ~~ udp dst port 4789 and udp[8] & 8 = 8 and (udp[28:2] = 0x8100 or udp[28:2] = 0x88a8 or udp[28:2] = 0x9100) and udp[30:2] & 0xfff = 9 and udp[32:2] = 0x800 and udp[43] = 1
=ip6 and vxlan and ether dst 2:0:0:0:0:1 ~~ ip6[6] = 17 and ip6[42:2] = 4789 and ip6[48] & 8 = 8 and ip6[58:4] = 1 and ip6[56:2] = 0x200
=tcp port 53 or geneve
=mpls and mpls 7 and host 10.1.2.3
=ip[ip[0] & 0xf * 4] = 6 and len - 4 > ip[2:2] + 10 and -len < 4294967280
=pppoes and geneve and ip6 net 2001:db8::/32
=tcp port 80 and (src or dst host 10.0.0.1) and not (port 22 or (23 or 24)) or 25
=host (10.1.2.3 or not 10.1.2.4) and (ip6 and tcp port (not 22)) or 10.0.0.1
=tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn and tcp[13] ^ 2 + 4 % 3 != 9
=ip6 protochain 17 and not ip protochain 17
=ether[ether[2:2]:4] >> 3 << 1 / 7 < 99 and 0x10 > ip6[40] % (len - 60)'
if [ ! -d "$corpus/pcap" ]; then
	echo "no corpus at $corpus"
	exit 77
fi

# Lines in $1 are arguments, whatever is in them.
run() {
	oldifs=$IFS
	IFS='
'
	set -f
	# shellcheck disable=SC2086
	"$program" $1
	status=$?
	set +f
	IFS=$oldifs
	return $status
}

accepted=$corpus/pcap/libpcap_accept.txt
dice=$(mktemp) || exit 1
trap 'rm -f "$dice"' EXIT
case "${1:-}" in
all)
	"$top_builddir/tests/oracle/pcap_random" 1 2000 >"$dice" || exit 1
	run "-c
$corpus/captures
-n
10000
$accepted" || exit 1
	run "-a
-c
$corpus/captures
-n
10000
$more" || exit 1
	run "-a
-n
200
$dice" || exit 1
	;;
random)
	"$top_builddir/tests/oracle/pcap_random" "$2" "$3" >"$dice" || exit 1
	run "-a
-c
$corpus/captures
-n
100
$dice"
	exit
	;;
*)
	every=13 n_dice=150
	[ -z "${SANITIZE:-}" ] || every=39 n_dice=50
	"$top_builddir/tests/oracle/pcap_random" 1 $n_dice >"$dice" || exit 1
	run "-c
$corpus/captures
-n
40
-e
$every
$accepted" || exit 1
	run "-a
-c
$corpus/captures
-n
40
$more" || exit 1
	run "-a
-n
30
$dice" || exit 1
	;;
esac
run "-r
$corpus/pcap/libpcap_reject.txt" || exit 1

# What later versions take, but for other links and names that are theirs.
grep -Evi 'libpcap\.test|^(dpc|opc|sls|link .*host|radio|wlan|_|inb|outb|ifi)' \
	"$corpus/pcap/libpcap_new_syntax.txt" >"$dice"
run "-t
$dice"
