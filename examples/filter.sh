#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Expressions of tcpdump as filters: a rule of iptables, several when it is too
# large for one, the program that tcpdump would run, and what a program that
# somebody else made does.
#
#     filter.sh [EXPRESSION]    without: queries that ask for recursion
set -eu
expression=${1:-udp dst port 53 and udp[10] & 1 = 1}

# The rule, as commands; run them by: filter.sh | sudo sh -e
tamiz compile -t xt_bpf -e "$expression" --split --emit=commands

# Instructions on Ethernet, by tamiz and, if it is there, by tcpdump.
n=$(tamiz compile -t cbpf -e "$expression" --emit=ddd | head -n 1)
echo "# tamiz: $n instructions"
if command -v tcpdump >/dev/null; then
	n=$(tcpdump -ddd -y EN10MB "$expression" 2>/dev/null | head -n 1)
	echo "# tcpdump: $n instructions"
fi

# What that program matches, in words.
tamiz compile -t cbpf -e "$expression" --emit=bytecode |
	tamiz compile -t cbpf --from cbpf --emit=expression - | sed 's/^/# /'
