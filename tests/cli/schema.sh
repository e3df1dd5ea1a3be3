#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What check and run print with --json is as their schemas say, and outputs
# together show every member. status and log: tests/kernel/schema.sh.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# keep NAME STATUS COMMAND...: standard output to $tmp/NAME.
keep() {
	name=$1 wanted=$2
	shift 2
	"$@" >"$tmp/$name" 2>"$tmp/err"
	got=$?
	[ $got = "$wanted" ] || {
		complain "exit $got, not $wanted: $*"
		cat "$tmp/err"
	}
}

# judge NOUN FILE...: by its schema.
judge() {
	noun=$1
	shift
	python3 "$top_srcdir/tests/lib/schema.py" \
		"$top_srcdir/runtime/cli/schema/$noun.json" "$@"
	status=$?
	[ $status != 77 ] || exit 77
	[ $status = 0 ] || failed=1
}

command -v python3 >/dev/null || {
	echo "no python3: outputs are not judged"
	exit 77
}

# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"

cat >"$tmp/rules" <<'END'
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.9
COMMIT
*filter
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -s 10.9.0.0/16 -m comment --comment "strangers, \"quoted\"" -j DROP
-A INPUT -p udp -m udp --dport 53 -j DROP
-A INPUT -p udp -m udp --dport 54 -j DROP
-A INPUT -p udp -m udp --dport 54 -j ACCEPT
-A INPUT -p udp -m conntrack --ctstate NEW -j REJECT
COMMIT
END
printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --dprt 1 -j NOPE\nCOMMIT\n' \
	>"$tmp/bad"
cat >"$tmp/script" <<'END'
#!/bin/sh
echo "rules of $0"
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
ip6tables -A INPUT -p tcp --dport 23 -j DROP
END
keep check 0 "$tamiz" check --json "$tmp/rules"
keep check-v6 0 "$tamiz" check --json "$top_srcdir/examples/edge6.rules"
keep check-script 0 "$tamiz" check --json "$top_srcdir/examples/edge.commands"
keep check-bad 1 "$tamiz" check --json "$tmp/bad"
judge check "$tmp/check" "$tmp/check-v6" "$tmp/check-script" "$tmp/check-bad"

# To ports 53, 55 and 54; a later fragment, one whose header is cut; ARP; at
# last half a record.
udp() {
	echo "$eth 4500001e000000004011 66cd 0a0000010a000002" \
		"0007 $1 000a 0000 6869"
}
eth="020000000001 020000000002 0800"
{
	head_of 1
	record "$(udp 0035)"
	record "$(udp 0037)"
	record "$(udp 0036)"
	record "$eth 45000020000000054011 66c6 0a0000010a000002
		0007003500080000 01020304"
	record "$eth 45000018000000004011 66d3 0a0000010a000002 00070035"
	record "020000000001 020000000002 0806 0001"
	record "$eth 45000014000000004001 66e7 0a0900010a000002"
} >"$tmp/pcap"
keep run 0 "$tamiz" run --json --backend legacy "$tmp/rules" --pcap "$tmp/pcap"
keep run-quiet 0 "$tamiz" run --json --quiet "$tmp/rules" --pcap "$tmp/pcap"
cp "$tmp/pcap" "$tmp/cut"
hex "$(le32 1)" >>"$tmp/cut"
keep run-cut 3 "$tamiz" run --json "$tmp/rules" --pcap "$tmp/cut"
if [ "$(id -u)" = 0 ]; then
	for engine in xdp both; do
		keep run-$engine 0 "$tamiz" run --json --engine=$engine \
			"$tmp/rules" --pcap "$tmp/pcap"
	done
	judge run "$tmp"/run*
else
	echo "not root: the engine at XDP is not asked, and no member counted"
	judge run "$tmp"/run* | grep -v 'no output has' && failed=1
fi
finish
