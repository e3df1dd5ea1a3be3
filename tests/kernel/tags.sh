#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Filters on packet sockets: the kernel takes the outer VLAN tag off a frame
# before these see it, but leaves it in what the host itself has tagged; without
# the link header (SOCK_DGRAM) what is no IP may look like it. Both ways, classic
# BPF and eBPF.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
tagged=$top_builddir/tests/kernel/tagged
number=0
make_cable

# send_frames COUNT
send_frames() {
	on "$there" "$tagged" send gen0 "$mac" "$number" "$1" ||
		complain "frames are not sent"
	number=$((number + $1))
}

has_last() {
	grep -q "^$1 " "$lines"
}

# phase KINDS EXPRESSION: of three frames of each of the eleven kinds those
# KINDS come through the filter that EXPRESSION becomes.
phase() {
	for form in '' --object; do
		first=$number
		# shellcheck disable=SC2086 # no option where it is empty
		must "$tamiz" attach -e "$2" --socket "$pid:3" $form
		send_frames 33
		must "$tamiz" detach --socket "$pid:3"
		last=$number
		send_frames 1
		wait_for has_last "$last" ||
			complain "nothing comes without a filter"
		awk -v first="$first" -v last="$last" \
			'$1 >= first && $1 < last { n[$2]++ }
			END { for (k in n) print k, n[k] }' "$lines" |
			sort >"$tmp/got"
		for k in $1; do
			echo "$k 3"
		done | sort >"$tmp/wanted"
		cmp -s "$tmp/wanted" "$tmp/got" || {
			complain "$lines, $2 $form:"
			diff "$tmp/wanted" "$tmp/got"
		}
	done
}

fives='five4 five6 both4 fivearp'
tagged_ones="$fives seven4 zero4"

# What a frame is, tag or no tag, on either end of the cable.
with_link() {
	phase "$tagged_ones" 'vlan'
	phase "$fives" 'vlan 5'
	phase 'plain4 plain6 arp mpls stp' 'not vlan'
	phase 'zero4' 'vlan 0'
	phase 'five4 five6' 'vlan 5 and udp port 5300'
	phase 'five4 five6 seven4 zero4' 'vlan and udp port 5300'
	phase 'five4' 'vlan 5 and ip and udp[2:2] = 5300'
	phase 'five6' 'vlan 5 and ip6 protochain 17'
	phase 'both4' 'vlan 5 and vlan 7'
	phase 'both4' 'vlan and vlan and udp dst port 5300'
	phase 'mpls stp arp plain4 plain6 both4' 'not vlan or vlan 7'
	phase "$tagged_ones" 'ether src 2:0:0:0:0:9 and vlan and greater 60'
	phase 'fivearp' 'vlan 5 and arp'
	phase 'stp' 'llc and not vlan'
	phase 'mpls' 'mpls'
}

start_on "$here" here-raw "$tagged" serve raw dut0
with_link
# The tag is beside the frame: what does not ask for it sees none.
phase 'plain4 five4 seven4 zero4 plain6 five6' 'udp port 5300'
phase 'plain4 plain6' 'udp port 5300 and not vlan'
start_on "$there" there-raw "$tagged" serve raw gen0
with_link
phase 'plain4 plain6' 'udp port 5300'

start_on "$here" here-dgram "$tagged" serve dgram dut0
phase 'plain4 five4 seven4 zero4' 'ip'
phase 'plain4 plain6 five4 five6 seven4 zero4' 'udp port 5300'
phase 'arp fivearp' 'arp'
phase 'arp fivearp mpls stp both4' 'not ip and not ip6'
try 1 "$tamiz" attach -e 'vlan 5' --socket "$pid:3"
says "'vlan' needs Ethernet frames"
finish
