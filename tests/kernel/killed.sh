#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Killed at every system call that touches the kernel's objects or the pins:
# status works, the rules in force are the old or the new ones, whole, the next
# command finishes the work, and no count is lost. EVERY=N takes each Nth call.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
prepare_faults
: "${EVERY:=$((7 * rarely))}"

# The calls of a program that is loaded are many, and much the same.
step() {
	[ "$1" = bpf ] && echo "$EVERY" || echo "$rarely"
}

replace() {
	try 0 "$tamiz" replace "$tmp/$port" --netns "$here" --dev dut0
	is_settled "replace killed at $call $at"
	expect xdp "$drop" $sent
	port=$((21 - port))
}

nothing_left() {
	try 0 "$tamiz" detach --netns "$here" --all
	[ ! -e "$netns_dir" ] || complain "$1: left $(find "$netns_dir")"
}

# replace, between two rule sets that share a rule.
must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
total=0 sent=0 port=11
for call in bpf mkdir unlink unlinkat rename membarrier; do
	at=1
	while killed_at $call $at "$tamiz" replace "$tmp/$port" \
		--netns "$here" --dev dut0; do
		try 0 "$tamiz" status --netns "$here"
		says "dut0: offload"
		total=$((total + 1))
		send 1 9
		sent=$((sent + 1))
		expect xdp "$drop" $sent
		replace
		at=$((at + $(step $call)))
	done
	replace
done
enough "replace: killed" $total 20

total=0
for call in bpf unlinkat unlink rmdir; do
	at=1
	while killed_at $call $at "$tamiz" detach --netns "$here" \
		--dev dut0; do
		try 0 "$tamiz" status --netns "$here"
		total=$((total + 1))
		nothing_left "detach killed at $call $at"
		must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
		at=$((at + rarely))
	done
	must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
done
nothing_left "detach"
enough "detach: killed" $total 20

total=0 sent=1
for call in bpf mkdir; do
	at=1
	while killed_at $call $at "$tamiz" attach "$tmp/10" --netns "$here" \
		--dev dut0; do
		try 0 "$tamiz" status --netns "$here"
		total=$((total + 1))
		command=attach
		! grep -q '^dut0: ' "$tmp/out" || command=replace
		try 0 "$tamiz" $command "$tmp/11" --netns "$here" --dev dut0
		is_settled "attach killed at $call $at"
		send 1 9
		expect xdp "$drop" 1
		nothing_left "attach killed at $call $at"
		at=$((at + ($(step $call) + 1) / 2))
	done
	nothing_left "attach"
done
enough "attach: killed" $total 20
finish
