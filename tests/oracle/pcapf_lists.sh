#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Long lists of simple expressions, which tables find, at XDP and at tc, beside
# the interpreter and libpcap; `pcapf_lists.sh all`: many, and longer ones.
set -u
: "${top_builddir:=.}"

if [ "$(id -u)" != 0 ]; then
	echo "needs root: loads programs"
	exit 77
fi
files=1 lines=200
[ "${1:-}" != all ] || files=10 lines=1000
for at in '' -t; do
	# shellcheck disable=SC2086
	"$top_builddir/tests/oracle/pcapf_xdp" $at -s 7 -f $files -l $lines ||
		exit 1
done
