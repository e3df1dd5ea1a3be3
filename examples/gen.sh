#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Filters from patterns: names that are asked for, queries that are none, the
# SYN of a system, the end of datagrams. Each is printed as a rule of iptables,
# the last one as a filter for a socket.
#
#     gen.sh [DOMAIN]    without: example.com
set -eu
domain=${1:-example.com}

# Long random names under the domain, in any case of their letters.
tamiz gen dns "*{6-63}.$domain" --icase

# What asks no sane question, for ip6tables.
tamiz gen dns-validate --not-valid --family=ipv6 --headers 0

# Linux of a certain age that opens a connection.
tamiz gen p0f '4:64:0:*:mss*10,6:mss,sok,ts,nop,ws:df,id+:0'

# A flood whose data always ends alike.
tamiz gen suffix 'de ad be ef' --target socket
