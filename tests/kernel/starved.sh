#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the system may refuse, and what others do at the same time: no memory
# for maps at every step, a device that vanishes at every step, no rights, a
# full disk, tools that run at once, metadata that are rubbish. EVERY=N takes
# each Nth step.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
prepare_faults
: "${EVERY:=$((8 * rarely))}"

# injected COMMAND...: with $inject; 0 when it was reached.
injected() {
	strace -qq -o "$tmp/trace" -e trace="${inject%%:*}" \
		-e inject="$inject" "$@" >"$tmp/out" 2>&1
	got=$?
	[ $got -le 3 ] || complain "exit $got with $inject: $(cat "$tmp/out")"
	grep -q INJECTED "$tmp/trace"
}

is_clean() {
	[ ! -e "$netns_dir" ] || complain "$1: left $(find "$netns_dir")"
	[ ! -e "/run/tamiz/${netns_dir##*/}.lock" ] ||
		complain "$1: left a lock"
	! on "$here" ip link show | grep -q xdp ||
		complain "$1: left a program on a device"
}

# No memory for the Nth thing that is asked of the kernel. What fails changes
# nothing; what is not needed may be missing without harm.
at=1 n=0
while inject="bpf:error=ENOMEM:when=$at" && injected \
	"$tamiz" attach "$tmp/10" --netns "$here" --dev dut0; do
	if [ $got = 0 ]; then
		try 0 "$tamiz" status --netns "$here"
		says "dut0: offload"
		try 0 "$tamiz" detach --netns "$here" --all
	fi
	is_clean "attach without memory at $at"
	at=$((at + EVERY)) n=$((n + 1))
done
enough "attach: no memory" $n 5
try 0 "$tamiz" detach --netns "$here" --all
must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
at=1 n=0 sent=0 port=11
while inject="bpf:error=ENOMEM:when=$at" && injected \
	"$tamiz" replace "$tmp/$port" --netns "$here" --dev dut0; do
	send 1 9
	sent=$((sent + 1))
	expect xdp "$drop" $sent
	try 0 "$tamiz" enforce --netns "$here" --all
	expect xdp "$drop" $sent
	is_settled "replace without memory at $at"
	port=$((21 - port))
	at=$((at + EVERY)) n=$((n + 1))
done
enough "replace: no memory" $n 10

# Whether a device has rules is what its link says: no memory for looking at it
# does not mean that there are none. How many calls come before depends on what
# else there is on this machine, so it may need more than one try.
n=0 tries_left=8
while [ $n = 0 ] && [ $tries_left -gt 0 ]; do
	trace "$tamiz" enforce --netns "$here" --all
	for at in $(grep -n '/dut0/link"' "$tmp/calls" | cut -d: -f1); do
		for at in "$at" $((at + 1)); do
			inject="bpf:error=ENOMEM:when=$at"
			injected "$tamiz" enforce --netns "$here" --all
			! grep -q '/dut0/link".*INJECTED' "$tmp/trace" ||
				n=$((n + 1))
			expect xdp "$drop" $sent
		done
	done
	tries_left=$((tries_left - 1))
done
[ $n -gt 0 ] || complain "there was always memory for the link"

# No right: named, and nothing is tried.
if command -v setpriv >/dev/null; then
	for command in "attach $tmp/10 --dev lo" "replace $tmp/10 --dev lo" \
		"rollback --dev lo" "confirm --all" "enforce --all" \
		"detach --all" "status" "save --file $tmp/saved" \
		"restore --file $tmp/10"; do
		# shellcheck disable=SC2086
		try 3 setpriv --bounding-set -bpf,-sys_admin,-net_admin \
			"$tamiz" $command
		says "missing capabilities: CAP_BPF, CAP_NET_ADMIN"
	done
fi

# A full disk: what was saved before is still there.
try 0 "$tamiz" save --netns "$here" --file "$tmp/saved"
try 0 unshare -m sh -c '
	mount -t tmpfs -o size=16k tmpfs "$1" && cp "$2" "$1/old" &&
	head -c 12k /dev/zero >"$1/fill" 2>/dev/null
	mkdir "$1/s" && echo before >"$1/s/saved"
	"$3" save --netns "$4" --file "$1/s/saved"
	[ $? = 3 ] && [ "$(cat "$1/s/saved")" = before ] &&
		[ "$(ls "$1/s")" = saved ]' - "$tmp" /dev/null "$tamiz" "$here"
try 0 "$tamiz" detach --netns "$here" --all

# A device that vanishes at the Nth call: the tool stands still meanwhile.
vanish() {
	rm -f "$tmp/trace"
	strace -qq -o "$tmp/trace" -e trace=bpf,sendto \
		-e inject="$1:signal=STOP:when=$2" \
		sh -c 'echo $$ >"$0"; exec "$@"' "$tmp/pid" \
		"$tamiz" "$3" "$tmp/10" --netns "$here" --dev van0 \
		>"$tmp/out" 2>&1 &
	tracer=$!
	wait_for is_stopped_or_over || complain "$3 hangs: $(cat "$tmp/trace")"
	grep -q 'stopped by SIGSTOP' "$tmp/trace" || {
		wait $tracer
		return 1
	}
	on "$here" ip link del van0
	kill -CONT "$(cat "$tmp/pid")"
	wait $tracer
	got=$?
	[ $got -le 3 ] || complain "exit $got: $3, gone at $1 $2"
}
is_stopped_or_over() {
	grep -q 'stopped by SIGSTOP' "$tmp/trace" 2>/dev/null ||
		! kill -0 $tracer 2>/dev/null
}
make_van() {
	on "$here" ip link add van0 type veth peer name van1
}
n=0
for command in attach replace; do
	for call in sendto bpf; do
		at=1
		while :; do
			make_van
			[ $command = attach ] || try 0 "$tamiz" attach \
				"$tmp/11" --netns "$here" --dev van0
			vanish $call $at $command || break
			n=$((n + 1))
			try 0 "$tamiz" status --netns "$here"
			try 0 "$tamiz" attach "$tmp/10" --netns "$here" \
				--dev dut0
			[ ! -e "$netns_dir/van0" ] ||
				complain "pins of a device that is gone"
			try 0 "$tamiz" detach --netns "$here" --all
			is_clean "gone at $call $at of $command"
			at=$((at + 2 * EVERY))
		done
		on "$here" ip link del van0
		try 0 "$tamiz" detach --netns "$here" --all
	done
done
enough "a device vanished" $n 15

# All at once: each waits for its turn, and does all of its work or says why
# not.
crowd() {
	for command in "attach $tmp/10" "attach $tmp/11" "replace $tmp/10" \
		"replace $tmp/11 --confirm 60" status rollback enforce \
		confirm detach status; do
		# shellcheck disable=SC2086
		(
			"$tamiz" $command --netns "$here" --dev dut0
			case $? in 0 | 3) ;; *) echo "$command: $?" ;; esac
		) 2>&1 | grep -E '^[a-z]* ?[^ ]*: [0-9]+$|Sanitizer' &
	done
	wait
}
for round in 1 2 3; do
	crowd >"$tmp/crowd"
	[ ! -s "$tmp/crowd" ] || complain "round $round: $(cat "$tmp/crowd")"
	try 0 "$tamiz" status --netns "$here"
	try 0 "$tamiz" detach --netns "$here" --all
	is_clean "a crowd"
done

# Metadata of the right shape that are rubbish: said of that device.
must "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0
meta=$netns_dir/dut0/meta_1
rubbish() {
	rm -f "$meta"
	bpftool map create "$meta" type array key 4 value 4096 entries 1 \
		name tz_meta
	# shellcheck disable=SC2046
	bpftool map update pinned "$meta" key 0 0 0 0 value hex \
		$(head -c 4096 | od -An -v -tx1)
	try 3 "$tamiz" status --netns "$here"
	says "dut0: damaged"
	try 3 "$tamiz" rollback --netns "$here" --dev dut0
	try 3 "$tamiz" replace "$tmp/10" --netns "$here" --dev dut0
}
text='{"abi":1,"generation":1,"mode":"offload","mac":"","rules":'
yes '[' | tr -d '\n' | head -c 4096 | rubbish
LC_ALL=C awk 'BEGIN { for (n = 1; i < 4096; i++) {
	n = (n * 1103 + 12345) % 65536; printf "%c", int(n / 256) } }' | rubbish
(printf '%s' "$text"; head -c 4096 /dev/zero) | rubbish
(printf '%s[7]}' "$text"; head -c 4096 /dev/zero) | rubbish
(printf '%s[{"family":4}]}' "$text"; head -c 4096 /dev/zero) | rubbish
# More rules than there are counters, and a way back to nowhere.
(printf '%s[' "$text"
	for i in 1 2 3 4 5 6 7 8 9; do
		printf '{"family":4,"table":"t","chain":"c","fit":"x"},'
	done
	printf '{"family":4,"table":"t","chain":"c","fit":"x"}]}'
	head -c 4096 /dev/zero) | rubbish
(printf '%s[],"from_generation":77}' "$text"
	head -c 4096 /dev/zero) | rubbish
(printf '%s[],"before":77}' "$text"; head -c 4096 /dev/zero) >"$tmp/before"
rm "$meta"
bpftool map create "$meta" type array key 4 value 4096 entries 1 name tz_meta
# shellcheck disable=SC2046
bpftool map update pinned "$meta" key 0 0 0 0 value hex \
	$(head -c 4096 "$tmp/before" | od -An -v -tx1)
try 3 "$tamiz" rollback --netns "$here" --dev dut0
try 0 "$tamiz" detach --netns "$here" --all
is_clean "rubbish"
finish
