#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Filters in rules of iptables, legacy and nft: counters equal what the graphs
# of the expressions say of the packets (xt_bpf.c). The expressions are those of
# xt_bpf.txt, and 200 of the corpus where that is present.
set -u
: "${top_builddir:=$PWD}" "${top_srcdir:=$(dirname "$0")/../..}"
corpus=$top_srcdir/../shared/corpus/pcap/libpcap_accept.txt
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" = 0 ] || {
	echo "needs root: loads rules of iptables"
	exit 77
}
[ -c /dev/net/tun ] || {
	echo "no /dev/net/tun"
	exit 77
}
tmp=$(mktemp -d "$top_builddir/xt-test.XXXXXX") || exit 1
trap 'umount "$tmp/bpf" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
mkdir "$tmp/bpf"
mount -t bpf bpf "$tmp/bpf" || exit 1
set -- "$top_srcdir/tests/kernel/xt_bpf.txt"
# Nearly all of the time goes into compiling, which other tests do with the
# corpus below the sanitizers, too; and what these see is our own code.
if [ -n "${SANITIZE:-}" ]; then
	echo "with sanitizers: the expressions of the tree, one engine"
elif [ -f "$corpus" ]; then
	set -- "$@" "$corpus"
else
	echo "no corpus: only the expressions of the tree"
fi
engines=''
for engine in legacy nft; do
	command -v iptables-$engine >/dev/null || {
		echo "no iptables-$engine: not asked"
		continue
	}
	engines=$engines${engines:+,}$engine
	[ -z "${SANITIZE:-}" ] || break
done
[ -n "$engines" ] || exit 77
timeout 600 "$top_builddir/tests/kernel/xt_bpf" "$engines" \
	"$top_builddir/tamiz" "$tmp/bpf" 200 "$@" >"$tmp/out" 2>&1
failed=$?
head -c 8000 "$tmp/out"
exit $failed
