#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ct.sh [FRAMES]: the state of connections at XDP beside the kernel's own, on
# a kernel that picks connections up midway, on one that does not, and with a
# helper and rules against tracking; by dice with so many frames each.
set -u
: "${top_builddir:=.}"
[ "$(id -u)" = 0 ] || {
	echo "needs root: makes network namespaces"
	exit 77
}
PATH=$PATH:/usr/sbin:/sbin
command -v iptables-legacy-restore >/dev/null || {
	echo "no iptables-legacy"
	exit 77
}
here=$top_builddir/tests/kernel status=0
for kind in loose strict helped; do
	timeout 300 "$here/ct_state" $kind "$here/ct_$kind.bpf.o" \
		"${1:-5000}" || status=1
done
exit $status
