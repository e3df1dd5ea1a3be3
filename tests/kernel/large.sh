#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is accepted loads: a thousand rules of which every sixth has a match that
# fits no table, so that all of them are compared one by one.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

awk 'BEGIN {
	print "*raw\n:PREROUTING ACCEPT [0:0]"
	for (i = 0; i < 1000; i++)
		printf "-A PREROUTING -s 10.%d.%d.0/24 -p tcp -m tcp --dport " \
			"%d%s -j DROP\n", i % 256, i * 7 % 256, i + 1,
			i % 6 ? "" : " -m ttl --ttl-lt " i % 200
	print "-A PREROUTING -p udp -m udp --dport 9 -j DROP\nCOMMIT"
}' >"$tmp/rules"
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
send 3 9
expect xdp "-p udp -m udp --dport 9 -j DROP" 3
finish
