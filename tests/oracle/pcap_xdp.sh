#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tcpdump expressions at XDP and tc, on the corpus beside the tree: a part of it, alone
# and as rules; `pcap_xdp.sh all` takes every expression, and 100 made packets
# for each, which a hundred expressions are asked about, and many files of rules.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
corpus=$top_srcdir/../shared/corpus

if [ "$(id -u)" != 0 ]; then
	echo "needs root: loads programs"
	exit 77
fi
if [ ! -d "$corpus/pcap" ]; then
	echo "no corpus at $corpus"
	exit 77
fi
made=2 every=17 files=2 long=0
[ "${1:-}" != all ] || made=100 every=1 files=40 long=12
list=$corpus/pcap/libpcap_accept.txt
for at in '' -t; do
	# shellcheck disable=SC2086
	"$top_builddir/tests/oracle/pcap_xdp" $at -c "$corpus/captures" \
		-n $made -e $every "$list" || exit 1
done
for at in '' -t; do
	# shellcheck disable=SC2086
	"$top_builddir/tests/oracle/pcapf_xdp" $at -c "$corpus/captures" \
		-f $files "$list" || exit 1
	[ $long -gt 0 ] || continue
	# shellcheck disable=SC2086
	"$top_builddir/tests/oracle/pcapf_xdp" $at -c "$corpus/captures" \
		-f $long -l 400 "$list" || exit 1
done
