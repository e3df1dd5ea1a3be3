#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules of dns and p0f, tamiz's own matches: the interpreter and the program at
# XDP judge every packet as own_packets says, rule by rule. Then attached beside
# kernels that do not have such rules: they are not missed there.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
packets=$top_builddir/tests/kernel/own_packets

[ -x "$packets" ] || {
	echo "no $packets: made with cmocka only"
	exit 77
}
"$packets" "$tmp" || exit 1
n=$(grep -vc '^0$' "$tmp/expected")
[ "$n" -gt 200 ] || complain "$n packets are dropped"
for engine in eval xdp; do
	"$tamiz" run --engine=$engine --pcap "$tmp/capture" "$tmp/v4" \
		"$tmp/v6" >"$tmp/out" 2>"$tmp/err" ||
		complain "$engine: run fails: $(cat "$tmp/err")"
	# The number of the rule that drops each packet.
	sed -n 's/^#[0-9]* [^ ]* [^ ]* drop [^ ]* [^ ]* \([0-9]*\): .*/\1/p
		s/^#[0-9]* [^ ]* [^ ]* \(accept\|pass\)\( .*\)*$/0/p' \
		"$tmp/out" >"$tmp/judged"
	diff "$tmp/expected" "$tmp/judged" >"$tmp/diff" ||
		complain "$engine: $(head "$tmp/diff") $(head -n 3 "$tmp/out")"
done
"$tamiz" run --engine=both --mode=replace --pcap "$tmp/capture" "$tmp/v4" \
	"$tmp/v6" >"$tmp/out" 2>"$tmp/err" || complain "$(cat "$tmp/err")"
grep -q "at XDP: $n drop, .* 0 not run; 0 dropped at XDP without" "$tmp/out" ||
	complain "replace: $(grep 'at XDP:' "$tmp/out")"

ip netns add "$here" && ip netns add "$there" &&
	ip link add dut0 netns "$here" type veth peer gen0 netns "$there" ||
	exit 1
on "$here" ip link set dut0 up
"$tamiz" attach "$tmp/v4" --dev dut0 --netns "$here" >"$tmp/out" 2>"$tmp/err" ||
	complain "attach: $(cat "$tmp/err")"
# The last rule, of an address, is the kernel's.
grep -q '/v4:3: not live' "$tmp/err" && complain "own rules are missed"
grep -q '0 of 1 ingress rules are live' "$tmp/err" ||
	complain "the others are not missed: $(cat "$tmp/err")"
"$tamiz" status -v --netns "$here" >"$tmp/out" 2>&1
grep -q 'dns --qname' "$tmp/out" || complain "status: $(cat "$tmp/out")"
finish
