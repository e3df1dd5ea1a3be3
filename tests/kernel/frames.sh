#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules of tcpdump expressions on a device: every frame is judged, by its line
# it is counted, logged, limited; replaced, put on trial, saved as any rules.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules.pcapf" <<'END'
# the cable
count arp                            # who has it
accept udp port 10
drop udp dst port 9 and \
     ip src 192.0.2.2                # the discard port
sample 1/2 udp port 11
limit 1/s:5 udp port 12
END
drop='drop udp dst port 9 and ip src 192.0.2.2'
limit='limit 1/s:5 udp port 12'

try 0 "$tamiz" check "$tmp/rules.pcapf"
says "rules.pcapf:4: $drop: exact"
must "$tamiz" attach "$tmp/rules.pcapf" --netns "$here" --dev dut0
says "dut0: 5 rules and policies in force (replace"

send 20 9
send 3 10
expect xdp "$drop" 20
expect xdp "accept udp port 10" 3
expect kernel "$drop" ""

# Not IP: somebody is asked for.
on "$there" bash -c 'printf x >/dev/udp/192.0.2.77/9'
is_asked() {
	n=$(count xdp 'count arp')
	[ "${n:-0}" -ge 1 ]
}
wait_for is_asked || complain "no ARP was counted"

# Of 30 at once five pass, and one more a second.
send 30 12
is_limited() {
	n=$(count xdp "$limit")
	[ "${n:-0}" -ge 15 ] && [ "$n" -le 25 ]
}
wait_for is_limited || complain "$limit: $n of 30 were dropped"

try 0 "$tamiz" status --netns "$here" -v
says "$drop  # the discard port"
says "(table frames)"

# Every second packet of the line is logged.
"$tamiz" log --netns "$here" --dev dut0 --count 2 >"$tmp/log" 2>&1 &
log=$!
reading() {
	grep -q "/bpf\|anon_inode" /proc/$log/fdinfo/* 2>/dev/null ||
		ls -l /proc/$log/fd 2>/dev/null | grep -q 'bpf-map'
}
wait_for reading || complain "log does not begin"
# On one CPU: samples are counted by each for itself.
taskset -p -c "$(sed -n 's/^Cpus_allowed_list:\t*\([0-9]*\).*/\1/p' \
	/proc/self/status)" $$ >/dev/null
send 4 11
is_gone() {
	! kill -0 "$log" 2>/dev/null
}
wait_for is_gone || {
	kill "$log"
	complain "log has not ended"
}
wait "$log"
grep -q "rules.pcapf:6" "$tmp/log" || {
	complain "the log does not name the line"
	cat "$tmp/log"
}

# What stays keeps its counts, and monitor drops nothing.
sed 's/^accept udp port 10/accept udp port 13/' "$tmp/rules.pcapf" \
	>"$tmp/other.pcapf"
try 0 "$tamiz" replace "$tmp/other.pcapf" --netns "$here" --dev dut0
expect xdp "$drop" 20
send 2 9
expect xdp "$drop" 22
try 0 "$tamiz" rollback --netns "$here" --dev dut0
expect xdp "accept udp port 10" 3
try 0 "$tamiz" detach --netns "$here" --dev dut0

must "$tamiz" attach "$tmp/rules.pcapf" --netns "$here" --dev dut0 --monitor
send 7 9
expect would "$drop" 7
expect xdp "$drop" 0

# They come back at boot.
try 0 "$tamiz" save --netns "$here" --file "$tmp/state"
try 0 "$tamiz" detach --netns "$here" --all
try 0 "$tamiz" restore --file "$tmp/state" --netns "$here"
try 0 "$tamiz" status --netns "$here"
says "dut0: "
try 0 "$tamiz" detach --netns "$here" --all

# In lists, of which most is found by tables: what counts goes on, what is found
# waits for the rules in code before it, and a rate holds.
code='drop udp port 14 and udp[8:2] = 0x3031'
{
	for i in $(seq 1000 1069); do
		echo "count udp dst port $i"
	done
	echo "$limit"
	echo "$code"
	echo "drop udp port 14"
	echo "drop udp portrange 1000-1069"
	for i in $(seq 1 40); do
		echo "drop src host 198.51.100.$i"
	done
} >"$tmp/list.pcapf"
try 0 "$tamiz" compile "$tmp/list.pcapf" -t xdp
[ "$(grep -c '= tz_run_' "$tmp/out")" = 1 ] || complain "lists are no tables"
must "$tamiz" attach "$tmp/list.pcapf" --netns "$here" --dev dut0
send 4 1005
expect xdp "count udp dst port 1005" 4
expect xdp "drop udp portrange 1000-1069" 4
send 3 14
expect xdp "$code" 3
expect xdp "drop udp port 14" 0
send 30 12
wait_for is_limited || complain "$limit: $n of 30 were dropped, of a list"
try 0 "$tamiz" detach --netns "$here" --all

# The kernel's rules and these make no one program.
printf '*filter\nCOMMIT\n' >"$tmp/rules.v4"
try 1 "$tamiz" check "$tmp/rules.pcapf" "$tmp/rules.v4"
says "cannot be compiled together"
finish
