#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What new rules would change: judges every packet of a capture by the old rules
# and by the new, and prints those that are judged otherwise. Needs neither root
# nor a kernel. A capture: tcpdump -i eth0 -c 100000 -w eth0.pcap
#
#     run.sh CAPTURE OLD NEW
set -eu
[ $# = 3 ] || {
	echo "usage: $0 CAPTURE OLD NEW" >&2
	exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# judge RULES: the number, the verdict and, behind the bar, the packet.
judge() {
	tamiz run "$1" --pcap "$capture" --assume all=false |
		sed -n 's/^\(#[0-9]*\) [^ ]* [^ ]* \([a-z]*\) .* | /\1 \2 /p'
}
capture=$1
judge "$2" >"$work/old"
judge "$3" >"$work/new"
diff "$work/old" "$work/new" | grep '^[<>]' ||
	echo "no packet is judged otherwise"
