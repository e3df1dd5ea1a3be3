#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Killed at every system call that touches the kernel's objects or the pins:
# status works, the rules in force are the old or the new ones, whole, the next
# command finishes the work, and no count is lost. EVERY=N takes each Nth call.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || {
	echo "no strace"
	exit 77
}
make_cable
: "${EVERY:=7}"
export ASAN_OPTIONS=detect_leaks=0

for port in 10 11; do
	cat >"$tmp/$port" <<-END
		*raw
		:PREROUTING ACCEPT [0:0]
		-A PREROUTING -p udp -m udp --dport $port -j ACCEPT
		-A PREROUTING -p udp -m udp --dport 9 -j DROP
		COMMIT
	END
done
drop='-p udp -m udp --dport 9 -j DROP'
total=0

# killed_at CALL N COMMAND...: 0 when it was killed at the Nth such call.
killed_at() {
	call=$1 when=$2
	shift 2
	strace -qq -o /dev/null -e trace="$call" \
		-e inject="$call:signal=KILL:when=$when" "$@" \
		>"$tmp/killed" 2>&1
	[ $? = 137 ] || return 1
	total=$((total + 1))
}

# The calls of a program that is loaded are many, and much the same.
step() {
	[ "$1" = bpf ] && echo "$EVERY" || echo 1
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
sent=0 port=11
for call in bpf mkdir unlink unlinkat rename membarrier; do
	at=1
	while killed_at $call $at "$tamiz" replace "$tmp/$port" \
		--netns "$here" --dev dut0; do
		try 0 "$tamiz" status --netns "$here"
		says "dut0: offload"
		send 1 9
		sent=$((sent + 1))
		expect xdp "$drop" $sent
		replace
		at=$((at + $(step $call)))
	done
	replace
done
echo "replace: killed at $total calls"
[ "$total" -ge 20 ] || complain "that is not enough: $(cat "$tmp/killed")"

total=0
for call in bpf unlinkat unlink rmdir; do
	at=1
	while killed_at $call $at "$tamiz" detach --netns "$here" \
		--dev dut0; do
		try 0 "$tamiz" status --netns "$here"
		nothing_left "detach killed at $call $at"
		must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
		at=$((at + 1))
	done
	must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
done
nothing_left "detach"
echo "detach: killed at $total calls"
[ "$total" -ge 20 ] || complain "that is not enough: $(cat "$tmp/killed")"

total=0 sent=1
for call in bpf mkdir; do
	at=1
	while killed_at $call $at "$tamiz" attach "$tmp/10" --netns "$here" \
		--dev dut0; do
		try 0 "$tamiz" status --netns "$here"
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
echo "attach: killed at $total calls"
[ "$total" -ge 20 ] || complain "that is not enough: $(cat "$tmp/killed")"
finish
