#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tamiz run --engine=xdp and both: the program's verdict on each packet of a
# capture, the rule, and its counters; to this host and through it.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"

# packet4 PORT, packet6 PORT: UDP to it, in hexadecimal digits.
packet4() {
	record "020000000009 020000000002 0800 4500001e000000004011 66cd
		0a0000010a000002 0007 $1 000a 0000 6869"
}
packet6() {
	record "020000000009 020000000002 86dd 60000000000a1140
		20010db8000000000000000000000001
		20010db8000000000000000000000002 0007 $1 000a 0000 6869"
}

# try STATUS OPTION...: tamiz run over both families; output in $tmp/out.
try() {
	wanted=$1
	shift
	"$tamiz" run --dev eth0 --pcap "$tmp/capture" "$@" "$tmp/v4" "$tmp/v6" \
		>"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = "$wanted" ] ||
		complain "exit $got, not $wanted: $* $(cat "$tmp/err")"
}

says() {
	grep -qF -- "$1" "$tmp/out" || complain "no \"$1\": $(cat "$tmp/out")"
}

for family in 4 6; do
	cat >"$tmp/v$family" <<'END'
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
-A INPUT -p udp
-A INPUT -p udp -m udp --dport 53 -j DROP
-A FORWARD -p udp -m udp --dport 54 -j DROP
COMMIT
END
done
sed -i 's/54/55/; s,INPUT -p udp$,INPUT -s 2001:db8::/32 -p udp,' "$tmp/v6"
sed -i '1i # the rules of IPv6' "$tmp/v6"
{
	head_of 1
	for port in 0035 0036 0037; do
		packet4 $port
		packet6 $port
	done
	record "020000000001 020000000002 0800 4500001e" 44
} >"$tmp/capture"

try 0 --engine=xdp
says "drop $tmp/v4:5 filter/INPUT 2: -p udp -m udp --dport 53 -j DROP | UDP 10.0.0.1:7"
says "drop $tmp/v6:6 filter/INPUT 2: -p udp -m udp --dport 53 -j DROP | UDP [2001"
says "pass - | UDP 10.0.0.1:7 > 10.0.0.2:54 len 30"
says "not-run - | frame len 44"
says "7 packets; at XDP: 2 drop, 4 pass, 1 not run"
# What passes is counted by the kernel: the first rule has the drops only.
says "         1           30          0          0  $tmp/v4:4 filter/INPUT 1:"
says "         1           30          0          1  $tmp/v4:5 filter/INPUT 2:"
says "         1           50          0          1  $tmp/v6:6 filter/INPUT 2:"
[ "$(grep -c '^#.* drop ' "$tmp/out")" = 2 ] || complain "two are dropped"

try 0 --engine=xdp --route=forward
says "drop $tmp/v4:6 filter/FORWARD 1: -p udp -m udp --dport 54 -j DROP | UDP 10.0.0.1:7"
says "drop $tmp/v6:7 filter/FORWARD 1: -p udp -m udp --dport 55 -j DROP | UDP [2001"
says "7 packets; at XDP: 2 drop, 4 pass, 1 not run"

for mode in offload replace; do
	for route in input forward; do
		try 0 -q --engine=both --mode=$mode --route=$route
		says "7 packets: 4 accept, 2 drop, 0 reject, 1 unknown"
		says "at XDP: 2 drop, 4 pass, 1 not run; 0 dropped at XDP without"
	done
done
try 0 --json --engine=both
says '"verdict":"drop","rule":{"index":'
says '"xdp":"drop","xdp_rule":{"index":'
says '"xdp_drop":2,"xdp_pass":4,"xdp_not_run":1,"xdp_wrong":0'

# Without rights, and without clang.
if command -v setpriv >/dev/null; then
	setpriv --bounding-set=-all --inh-caps=-all "$tamiz" run --engine=xdp \
		--pcap "$tmp/capture" "$tmp/v4" >"$tmp/out" 2>"$tmp/err"
	[ $? = 3 ] || complain "runs without rights"
	grep -q CAP_BPF "$tmp/err" || complain "names no right: $(cat "$tmp/err")"
fi
try 3 --engine=xdp --clang=/nonexistent
finish
