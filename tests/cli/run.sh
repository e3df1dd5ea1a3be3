#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tamiz run: every link type, pcap and pcapng, gzip, standard input, captures
# that were cut or are broken, assumptions, JSON, and the captures in ../shared.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"

# 10.0.0.1:7 > 10.0.0.2:53, 30 bytes; 2001:db8::1 the same, 50 bytes.
udp4="4500001e000000004011 66cd 0a0000010a000002 0007 0035 000a 0000 6869"
udp6="60000000000a1140 20010db8000000000000000000000001
	20010db8000000000000000000000002 0007 0035 000a 0000 6869"
udp6=$(echo $udp6)
eth="020000000001 020000000002 0800"

cat >"$tmp/rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
-A INPUT -p udp -m udp --dport 53 -j DROP
-A INPUT -p udp -m conntrack --ctstate NEW -j REJECT
COMMIT
END
sed 's/REJECT/DROP/' "$tmp/rules" >"$tmp/rules6"
drop4="drop $tmp/rules:4 filter/INPUT 1: -p udp -m udp --dport 53 -j DROP"
line4="#1 2001-09-09 01:46:40.000007 $drop4 | UDP 10.0.0.1:7 > 10.0.0.2:53 len 30"

{ head_of 1; record "$eth $udp4"; } >"$tmp/en10mb"
{ head_of 101; record "$udp4"; } >"$tmp/raw"
{ head_of 228; record "$udp4"; } >"$tmp/ipv4"
{ head_of 113; record "0000 0001 0006 0200000000020000 0800 $udp4"; } \
	>"$tmp/sll"
{ head_of 276; record "0800 0000 00000002 0001 00 06 0200000000020000 $udp4"; } \
	>"$tmp/sll2"
{ head_of 0; record "02000000 $udp4"; } >"$tmp/null"
{ head_of 108; record "00000002 $udp4"; } >"$tmp/loop"
{
	hex 0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000
	hex 01000000 14000000 01000000 ffff0000 14000000
	# microseconds: 1000000000000007
	hex 06000000 4c000000 00000000 7e8d0300 0780c6a4 2c000000 2c000000
	hex "$eth $udp4" 4c000000
} >"$tmp/pcapng"
gzip -c "$tmp/en10mb" >"$tmp/gzip"
gzip -c "$tmp/pcapng" >"$tmp/pcapng.gzip"
for kind in en10mb raw ipv4 sll sll2 null loop pcapng gzip pcapng.gzip; do
	try 0 "$tamiz" run "$tmp/rules" --pcap "$tmp/$kind"
	[ "$(head -n 1 "$tmp/out")" = "$line4" ] || {
		complain "$kind: $(cat "$tmp/out")"
		continue
	}
	says out "1 packets: 0 accept, 1 drop, 0 reject, 0 unknown, 0 unfiltered"
	says out "         1           30          0          1  $tmp/rules:4 "
done
for link in 229 101; do
	{ head_of $link; record "$udp6"; } >"$tmp/ipv6"
	try 0 "$tamiz" run --family ipv6 "$tmp/rules6" --pcap "$tmp/ipv6"
	says out "drop $tmp/rules6:4 filter/INPUT 1: -p udp -m udp --dport 53"
	says out "| UDP [2001:db8::1]:7 > [2001:db8::2]:53 len 50"
done

# Standard input, from a file and from a pipe, plain and compressed.
for kind in en10mb gzip; do
	try 0 sh -c '"$0" run "$1" --pcap - <"$2"' "$tamiz" "$tmp/rules" \
		"$tmp/$kind"
	says out "$line4"
	try 0 sh -c 'cat "$2" | "$0" run "$1" --pcap -' "$tamiz" "$tmp/rules" \
		"$tmp/$kind"
	says out "$line4"
done

# What this host sent; what is no IP; another way; a device.
{ head_of 113; record "0004 0001 0006 0200000000020000 0800 $udp4"; } \
	>"$tmp/sent"
try 0 "$tamiz" run "$tmp/rules" --pcap "$tmp/sent"
says out "unfiltered - [this host sent it]"
says out "0 drop"
{ head_of 1; record "020000000001 020000000002 0806 0001"; } >"$tmp/arp"
try 0 "$tamiz" run "$tmp/rules" --pcap "$tmp/arp"
says out "unfiltered - [not IP] | frame len 16"
try 0 "$tamiz" run --route=forward "$tmp/rules" --pcap "$tmp/raw"
says out "drop $tmp/rules:3 filter/FORWARD policy: DROP"

# What is unknown, and what is taken for known.
sed 's/--dport 53/--dport 54/' "$tmp/rules" >"$tmp/other"
try 0 "$tamiz" run "$tmp/other" --pcap "$tmp/raw"
says out "unknown $tmp/other:5 filter/INPUT 2: "
says out " [conntrack: "
try 0 "$tamiz" run --assume conntrack=true "$tmp/other" --pcap "$tmp/raw"
says out "reject $tmp/other:5 filter/INPUT 2: "
try 0 "$tamiz" run --assume all=false "$tmp/other" --pcap "$tmp/raw"
says out "accept $tmp/other:2 filter/INPUT policy: ACCEPT"
try 2 "$tamiz" run --assume contrack=true "$tmp/other" --pcap "$tmp/raw"
says err '"contrack"'
try 2 "$tamiz" run --assume conntrack "$tmp/other" --pcap "$tmp/raw"
try 2 "$tamiz" run --assume conntrack=maybe "$tmp/other" --pcap "$tmp/raw"
try 2 "$tamiz" run --engine=cbpf "$tmp/rules" --pcap "$tmp/raw"
try 2 "$tamiz" run --route=output "$tmp/rules" --pcap "$tmp/raw"
try 2 "$tamiz" run - --pcap - </dev/null
try 2 "$tamiz" run "$tmp/rules"
says err "--pcap"
printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i eth0 -j DROP\nCOMMIT\n' \
	>"$tmp/dev"
try 0 "$tamiz" run "$tmp/dev" --pcap "$tmp/raw"
says out " [iface: "
try 0 "$tamiz" run --dev eth0 "$tmp/dev" --pcap "$tmp/raw"
says out "drop $tmp/dev:3 "

# Cut by the snap length: what is not there is not guessed.
{
	head_of 1
	record "$(echo "$eth $udp4" | tr -d ' ' | cut -c1-72)" 44
	record "$(echo "$eth $udp4" | tr -d ' ' | cut -c1-40)" 44
	record "$eth $udp4" 44
} >"$tmp/cut"
try 0 "$tamiz" run "$tmp/rules" --pcap "$tmp/cut"
says out "#1 2001-09-09 01:46:40.000007 unknown $tmp/rules:4 "
says out "these bytes were not captured]"
says out "#2 2001-09-09 01:46:40.000007 unknown - [its headers were not captured]"
says out "#3 2001-09-09 01:46:40.000007 drop $tmp/rules:4 "

# Broken captures: what was read before is judged, and the place is said.
{ cat "$tmp/en10mb"; record "$eth $udp4" 44 60000; } >"$tmp/broken"
try 3 "$tamiz" run "$tmp/rules" --pcap "$tmp/broken"
says out "$line4"
says out "1 packets: 0 accept, 1 drop"
says err "$tmp/broken: broken behind packet 1, before byte"
try 3 "$tamiz" run --json "$tmp/rules" --pcap "$tmp/broken"
says out '"error":"broken behind packet 1'
head -c 60 "$tmp/gzip" >"$tmp/broken.gzip"
try 3 "$tamiz" run "$tmp/rules" --pcap "$tmp/broken.gzip"
says err "broken behind packet 0: the gzip data are damaged or end too early"
printf nonsense >"$tmp/nonsense"
: >"$tmp/empty"
{ head_of 105; } >"$tmp/radio"
for bad in nonsense empty radio none .; do
	try 3 "$tamiz" run "$tmp/rules" --pcap "$tmp/$bad"
	says err "cannot read $tmp/$bad: "
done
says err "Is a directory"
try 3 "$tamiz" run "$tmp/rules" --pcap "$tmp/radio"
says err "link type 105"
{ head_of 1; } >"$tmp/nothing"
try 0 "$tamiz" run "$tmp/rules" --pcap "$tmp/nothing"
says out "0 packets: "
try 1 "$tamiz" run "$tmp/nonsense" --pcap "$tmp/raw"
try 3 sh -c '"$0" run "$1" --pcap "$2" >/dev/full' "$tamiz" "$tmp/rules" \
	"$tmp/raw"

# --count and --quiet.
{ cat "$tmp/raw"; record "$udp4"; record "$udp4"; } >"$tmp/three"
try 0 "$tamiz" run --count 2 "$tmp/rules" --pcap "$tmp/three"
says out "2 packets: "
! grep -q '^#3' "$tmp/out" || complain "--count 2 judges three"
try 0 "$tamiz" run -q "$tmp/rules" --pcap "$tmp/three"
says out "3 packets: "
! grep -q '^#' "$tmp/out" || complain "-q prints packets"

# JSON Lines that a parser takes.
try 0 "$tamiz" run --json "$tmp/rules" --pcap "$tmp/three"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert len(lines) == 4, len(lines)
p = lines[0]
assert p["packet"] == 1 and p["time_ns"] == 1000000000000007000
assert p["verdict"] == "drop" and p["rule"]["line"] == 4
assert (p["src"], p["sport"], p["dport"]) == ("10.0.0.1", 7, 53)
s = lines[3]["summary"]
assert s["packets"] == 3 and s["drop"] == 3
assert sum(r["packets"] for r in s["rules"]) == 3' "$tmp/out" ||
		complain "JSON of run: $(cat "$tmp/out")"
fi

captures=$top_srcdir/../shared/corpus/captures
if [ -d "$captures" ]; then
	for capture in "$captures"/*; do
		try 0 "$tamiz" run --dev eth0 --assume all=false \
			"$top_srcdir/examples/edge.rules" \
			"$top_srcdir/examples/edge6.rules" --pcap "$capture"
	done
else
	echo "no ../shared: the captures there are left out"
fi
finish
