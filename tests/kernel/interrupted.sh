#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Killed in the middle of a rollback, a confirmation, and a change of two
# devices: each device has one whole program or none, the next command makes
# the two agree, and no count is lost. EVERY=N takes each Nth call.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
prepare_faults
: "${EVERY:=$((5 * rarely))}"

# Of every device: its name, what it drops, and whether it is on trial.
devices() {
	"$tamiz" status --netns "$here" --json 2>/dev/null | python3 -c '
import json, sys
for d in json.load(sys.stdin):
    print(d["device"], d["trial"].split()[0], "in" if d["in_force"] else "no",
          " ".join(r["text"] for r in d["rules"] if r["number"] == 1))'
}

# Any command that changes something settles first; this one does no more.
settle() {
	try 0 "$tamiz" enforce --netns "$here" --all
}

send_one() {
	send 1 9
	sent=$((sent + 1))
	expect xdp "$drop" $sent
}

# Rollback, and confirm: old or new, whole, and what stayed goes on counting.
must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
sent=0
for turn in rollback confirm; do
	total=0
	for call in bpf unlink unlinkat rename membarrier; do
		at=1
		while :; do
			confirm=''
			[ $turn = rollback ] || confirm='--confirm 600'
			# shellcheck disable=SC2086
			try 0 "$tamiz" replace "$tmp/11" --netns "$here" \
				--dev dut0 $confirm
			send_one
			killed_at $call $at "$tamiz" $turn --netns "$here" \
				--dev dut0 || break
			total=$((total + 1))
			try 0 "$tamiz" status --netns "$here"
			says "dut0: offload"
			send_one
			settle
			send_one
			try 0 "$tamiz" confirm --netns "$here" --all
			is_settled "$turn killed at $call $at"
			at=$((at + EVERY))
		done
		try 0 "$tamiz" confirm --netns "$here" --all
	done
	enough "$turn: killed" $total 20
done
try 0 "$tamiz" detach --netns "$here" --all

# Two devices: killed before each of the calls from the first that puts one in
# force to the last.
on "$here" ip link add pair0 type veth peer name pair1
both="--netns $here --dev dut0 --dev pair0"
agree() {
	devices | cut -d' ' -f2- | sort | uniq -c | awk '
		{ n++; if ($1 != 2) odd = 1 } END { exit n > 1 || odd }' ||
		complain "$1: $(devices)"
}

# Where the calls are that put devices in force is found by tracing a whole run.
# How many come before them depends on what else there is on this machine, so it
# may need more than one try.
attach_two() {
	# shellcheck disable=SC2086
	trace "$tamiz" attach "$tmp/10" $both
	first=$(grep -n BPF_LINK_CREATE "$tmp/calls" | head -n 1 | cut -d: -f1)
	try 0 "$tamiz" detach --netns "$here" --all
	for at in $(seq $((first - 1)) $((first + 5))); do
		# shellcheck disable=SC2086
		killed_at bpf "$at" "$tamiz" attach "$tmp/10" $both
		[ "$(devices | wc -l)" != 1 ] || halves=$((halves + 1))
		settle
		agree "attach killed at $at"
		try 0 "$tamiz" detach --netns "$here" --all
		[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
	done
}

# The last two updates of a slot that follow each other put the two in force.
# Each time from the same state, since what is pinned is looked at first.
attach_again() {
	try 0 "$tamiz" detach --netns "$here" --all
	# shellcheck disable=SC2086
	try 0 "$tamiz" attach "$tmp/10" $both
}

replace_two() {
	attach_again
	# shellcheck disable=SC2086
	trace "$tamiz" replace "$tmp/11" $both $confirm
	first=$(awk '/BPF_MAP_UPDATE_ELEM/ { if (was) at = NR - 1; was = 1; next }
		{ was = 0 } END { print at }' "$tmp/calls")
	# Further around it with every try that did not meet the place.
	wider=$(((8 - tries_left) * 2))
	for at in $(seq $((first - 1 - wider)) $((first + 3 + wider))); do
		attach_again
		# shellcheck disable=SC2086
		killed_at bpf "$at" "$tamiz" replace "$tmp/11" $both $confirm
		devices | cut -d' ' -f2- | sort -u | wc -l | grep -qx 1 ||
			halves=$((halves + 1))
		settle
		agree "replace $confirm killed at $at"
		try 0 "$tamiz" confirm --netns "$here" --all
		agree "replace $confirm killed at $at, confirmed"
	done
}

# between WHAT COMMAND: until it was seen between the two devices.
between() {
	halves=0 tries_left=8
	while [ $halves = 0 ] && [ $tries_left -gt 0 ]; do
		"$2"
		tries_left=$((tries_left - 1))
	done
	echo "$1 of two: $halves times they differed"
	[ $halves -ge 1 ] || complain "$1 was never between two devices"
}

# A rollback of one of the two that was killed while it cleaned up: the
# generation that it left is still in force on the other, and does not come
# back. What was there before the last calls is pinned again.
attach_again
# shellcheck disable=SC2086
try 0 "$tamiz" replace "$tmp/11" $both
for what in prog:rules map:meta map:counters map:control; do
	bpftool "${what%:*}" pin pinned "$netns_dir/dut0/${what#*:}_2" \
		"$netns_dir/kept_${what#*:}" || complain "cannot pin $what"
done
try 0 "$tamiz" rollback --netns "$here" --dev dut0
for what in meta counters control rules; do
	mv "$netns_dir/kept_$what" "$netns_dir/dut0/${what}_2" ||
		complain "cannot move $what"
done
settle
devices >"$tmp/devices"
grep -q "^dut0 none in .*--dport 10" "$tmp/devices" ||
	complain "rolled back, and undone: $(devices)"
grep -q "^pair0 none in .*--dport 11" "$tmp/devices" ||
	complain "not rolled back, and changed: $(devices)"
is_settled "rollback killed at its end"
try 0 "$tamiz" detach --netns "$here" --all

between attach attach_two
confirm=''
between replace replace_two
confirm='--confirm 600'
between "replace $confirm" replace_two
finish
