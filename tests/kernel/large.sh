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

# Four thousand that log, or call a chain, and go on: the search of a table is
# repeated behind each, as often as a path has room.
awk 'BEGIN {
	print "*raw\n:PREROUTING ACCEPT [0:0]\n:c - [0:0]"
	for (i = 0; i < 4000; i++)
		printf "-A PREROUTING -s 10.%d.%d.0/24 -j %s\n", i / 256,
			i % 256, i % 2 ? "LOG" : "c"
	for (i = 0; i < 40; i++)
		print "-A PREROUTING -p udp -m udp --dport " 9 - i % 9 ":10"
	print "-A PREROUTING -p udp -m udp --dport 9 -j DROP"
	print "-A c -p udp -m udp --dport 11 -j DROP\nCOMMIT"
}' >"$tmp/rules"
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --log=ring
send 2 9
expect xdp "-p udp -m udp --dport 9 -j DROP" 3
finish
