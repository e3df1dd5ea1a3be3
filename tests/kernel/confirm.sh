#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules on trial: unless they are confirmed, what was before comes back by
# itself, at the deadline, though every process was killed; a rollback and a
# confirmation do it at once; no count is lost on the way. Monitor mode drops
# nothing, and tells what it would have dropped.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

for port in 9 10; do
	cat >"$tmp/$port" <<-END
		*raw
		:PREROUTING ACCEPT [0:0]
		-A PREROUTING -p udp -m udp --dport 11 -j DROP
		-A PREROUTING -p udp -m udp --dport $port -j DROP
		COMMIT
	END
done

drop() {
	echo "-p udp -m udp --dport $1 -j DROP"
}

change() {
	try 0 "$tamiz" "$1" "$tmp/$2" --netns "$here" --dev dut0 --confirm "$3"
}

turn() {
	try "$1" "$tamiz" "$2" --netns "$here" --dev dut0
}

status() {
	try 0 "$tamiz" status --netns "$here"
}

field() {
	"$tamiz" status --netns "$here" --json 2>/dev/null | python3 -c '
import json, sys
print(json.load(sys.stdin)[0][sys.argv[1]])' "$1"
}

is_rolled_back() {
	[ "$(field trial)" = "rolled back" ]
}

# What the kernel does, whoever is alive: 0 when a frame to port $1 is dropped.
drops() {
	before=$(dropped_frames)
	send 1 "$1"
	wait_for counted_one 2>/dev/null
}

dropped_frames() {
	"$tamiz" status --netns "$here" --json 2>/dev/null | python3 -c '
import json, sys
print(json.load(sys.stdin)[0]["dropped"]["packets"])'
}

counted_one() {
	[ "$(dropped_frames)" = $((before + 1)) ]
}

# wait_back WHAT: until the trial is over.
wait_back() {
	wait_for is_rolled_back || complain "$1: not back"
}

# What is done while rules are on trial takes its time, more of it on a slow
# machine: they are on trial for so many seconds, and what attach and status
# take twice.
begun_at=$(date +%s)
must "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0
field trial >"$tmp/field"
must "$tamiz" detach --netns "$here" --dev dut0
patience=$((2 * ($(date +%s) - begun_at)))
trial=$((4 + patience))

# Attach: before it there was nothing.
must "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0 \
	--confirm $trial
says "unconfirmed"
status
says "unconfirmed, rolls back in"
send 1 9
expect xdp "$(drop 9)" 1
wait_back "attach"
status
says "nothing is in force"
# A frame that the tried rules would have dropped is passed.
passed_before=$(dropped_frames)
send 3 9
[ "$(dropped_frames)" = "$passed_before" ] || complain "attach: still drops"
# What was tried is gone, and is nobody else's program.
try 0 "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0 --dry-run
turn 3 confirm
says "was not confirmed in time and has been rolled back"
[ ! -e "$netns_dir" ] || complain "attach: left $(find "$netns_dir")"

# Replace, with the tool killed right after it.
must "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0
send 2 9
send 1 11
expect xdp "$(drop 9)" 2
expect xdp "$(drop 11)" 1
"$tamiz" replace "$tmp/10" --netns "$here" --dev dut0 \
	--confirm $((trial + 1)) >"$tmp/killed" 2>&1 &
pid=$!
is_waiting() {
	[ "$(field trial)" = unconfirmed ]
}
wait_for is_waiting || complain "replace is not on trial"
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
send 4 10
send 2 11
expect xdp "$(drop 10)" 4
expect xdp "$(drop 11)" 3
try 3 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0
says "unconfirmed"
try 3 "$tamiz" save --netns "$here" --file "$tmp/saved"
says "unconfirmed"
wait_back "replace"
status
says "rolled back"
says "generation 2 was not confirmed"
send 1 9
send 1 10
send 1 11
expect xdp "$(drop 9)" 3
expect xdp "$(drop 11)" 4
[ "$(field generation)" = 1 ] || complain "generation $(field generation)"
[ -z "$(count xdp "$(drop 10)")" ] || complain "a rule that is not in force"
turn 3 confirm
is_settled "replace, rolled back"
status
! grep -q "rolled back" "$tmp/out" || complain "still says rolled back"
expect xdp "$(drop 9)" 3
expect xdp "$(drop 11)" 4

# Confirmed in time: nothing happens at the deadline.
change replace 10 $trial
turn 0 confirm
is_settled "confirmed"
send 1 11
expect xdp "$(drop 11)" 5
deadline_passed() {
	[ "$(date +%s)" -gt "$confirmed_at" ]
}
confirmed_at=$(($(date +%s) + trial))
wait_for deadline_passed
# Frames come in their order: the second tells when the first has been judged.
before=$(dropped_frames)
send 1 9
send 1 10
wait_for counted_one || complain "the old rules are back"
expect xdp "$(drop 11)" 5
turn 3 confirm
says "nothing to confirm"

# A clock of one's own (a time namespace) moves no deadline.
if unshare --time --fork --boottime 100000 true 2>/dev/null; then
	try 0 unshare --time --fork --boottime 100000 "$tamiz" replace \
		"$tmp/9" --netns "$here" --dev dut0 --confirm $trial
	n=$(sed -n 's/.*comes back in \([0-9]*\) s.*/\1/p' "$tmp/out")
	[ "${n:-0}" -ge 1 ] && [ "$n" -le $trial ] ||
		complain "another clock: $(cat "$tmp/out")"
	wait_for is_waiting || complain "another clock: not on trial"
	wait_back "another clock"
	turn 3 confirm
fi

# Rolled back by hand: from a trial, and from what was confirmed.
change replace 9 60
drops 9 || complain "on trial, and not in force"
turn 0 rollback
drops 10 || complain "rolled back, and not in force"
expect xdp "$(drop 11)" 5
is_settled "trial rolled back"
turn 3 rollback
says "has no older rules"
try 0 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0
send 2 11
expect xdp "$(drop 11)" 7
n9=$(count xdp "$(drop 9)")
turn 0 rollback
expect xdp "$(drop 11)" 7
drops 10 || complain "rolled back, and not in force"
send 1 11
expect xdp "$(drop 11)" 8
[ "$n9" = 0 ] || complain "new rule began with $n9"
try 0 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0
[ "$(field generation)" -ge 6 ] || complain "a generation's number came twice"
expect xdp "$(drop 11)" 8
try 0 "$tamiz" detach --netns "$here" --all
change attach 9 60
turn 0 rollback
[ ! -e "$netns_dir" ] || complain "rolled back attach: $(find "$netns_dir")"

# Monitor: nothing is dropped until enforce, and the two counts are apart.
try 0 "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0 --monitor
says "monitor: nothing is dropped"
send 3 9
expect would "$(drop 9)" 3
status
says "dut0: offload, monitor"
says "0 dropped, 3 would be dropped"
[ "$(field monitor)" = True ] || complain "JSON: not in monitor mode"
expect xdp "$(drop 9)" 0
expect sum "$(drop 9)" 0
turn 0 enforce
turn 3 enforce
says "not in monitor mode"
send 2 9
expect xdp "$(drop 9)" 2
expect would "$(drop 9)" 3
# What came back is not what somebody who is late wants to enforce.
change_monitor() {
	try 0 "$tamiz" "$1" "$tmp/$2" --netns "$here" --dev dut0 --monitor \
		${3+--confirm "$3"}
}
change_monitor replace 9
change_monitor replace 10 1
wait_back "monitor"
turn 3 enforce
says "nothing was done"
change_monitor replace 10 1
wait_back "monitor"
try 3 "$tamiz" confirm --netns "$here" --all
says "too late"
[ "$(field monitor)" = True ] || complain "enforced what came back"
# Nor does it pass unnoticed that a replace drops what was only counted.
try 0 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0 --dry-run
says "dut0 was in monitor mode: the new rules drop"
turn 0 enforce
[ "$(field monitor)" = False ] || complain "not enforced when asked again"
# Over replace and rollback each keeps its own, and a generation its mode.
try 0 "$tamiz" replace "$tmp/10" --netns "$here" --dev dut0 --monitor
send 5 11
expect would "$(drop 11)" 5
turn 0 rollback
[ "$(field monitor)" = False ] || complain "rolled back into monitor mode"
send 1 11
expect would "$(drop 11)" 5
expect xdp "$(drop 11)" 1
try 0 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0 --mode replace \
	--monitor
send 2 9
expect would "$(drop 9)" 5
expect xdp "$(drop 9)" 2
turn 0 enforce
send 1 9
expect xdp "$(drop 9)" 3
# Detached, nothing is left: no pin, no lock, no program and no map of those
# that were in force, before, or on trial.
try 0 "$tamiz" replace "$tmp/10" --netns "$here" --dev dut0 --confirm 60
for pin in "$netns_dir"/dut0/rules_* "$netns_dir"/dut0/trial_* \
	"$netns_dir"/dut0/root; do
	bpftool -j prog show pinned "$pin"
done | python3 -c '
import json, sys
for line in sys.stdin:
    prog = json.loads(line)
    print("prog", prog["id"])
    for id in prog.get("map_ids", []):
        print("map", id)' | sort -ru >"$tmp/ids"
[ "$(wc -l <"$tmp/ids")" -ge 10 ] || complain "few ids: $(cat "$tmp/ids")"
try 0 "$tamiz" detach --netns "$here" --all
# Programs are looked at first. As long as the kernel has not emptied the slots
# that hold them, who takes an array of programs by its number and lets it go
# makes the kernel lose count of it (kernel/bpf/arraymap.c:prog_array_map_clear).
all_gone() {
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >"$tmp/shown" 2>&1 || return 1
	done <"$tmp/ids"
}
wait_for all_gone || complain "left in the kernel: $(cat "$tmp/shown")"
[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
# Who sweeps may hold it for a moment.
wait_for [ ! -e "/run/tamiz/${netns_dir##*/}.lock" ] || complain "left a lock"

try 0 "$tamiz" attach "$tmp/9" --netns "$here" --dev dut0
try 2 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0 --confirm 0
try 2 "$tamiz" replace "$tmp/9" --netns "$here" --dev dut0 --confirm -1
finish
