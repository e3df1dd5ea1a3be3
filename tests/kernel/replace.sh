#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replace: rules that stay keep their counts over any number of changes, a
# change that fails changes nothing, and a run that is killed, at whatever
# moment, leaves a whole program and nothing that the next run cannot clear.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

# rules FILE PORT...: drops of these ports, in this order.
rules() {
	file=$1
	shift
	{
		echo '*raw'
		echo ':PREROUTING ACCEPT [0:0]'
		for port; do
			echo "-A PREROUTING -p udp -m udp --dport $port -j DROP"
		done
		echo COMMIT
	} >"$file"
}

drop() {
	echo "-p udp -m udp --dport $1 -j DROP"
}

replace() {
	try "$1" "$tamiz" replace "$2" --netns "$here" --dev dut0
}

rules "$tmp/a" 9 10
rules "$tmp/b" 11 9
rules "$tmp/twice" 9 9

replace 3 "$tmp/a"
says "has no rules of tamiz"
must "$tamiz" attach "$tmp/a" --netns "$here" --dev dut0
send 10 9
send 5 10
expect xdp "$(drop 9)" 10
expect xdp "$(drop 10)" 5

# 9 stays at another place, 10 goes, 11 comes.
replace 0 "$tmp/b"
says "generation 2"
is_settled "replace"
send 3 9
send 2 11
expect xdp "$(drop 9)" 13
expect xdp "$(drop 11)" 2

# A second rule with the same text is another rule.
replace 0 "$tmp/twice"
send 1 9
expect xdp "$(drop 9)" 14
[ "$("$tamiz" status --json --netns "$here" 2>/dev/null |
	grep -cF -- "$(drop 9)")" = 2 ] || complain "two rules are not two"

# Many changes lose nothing; the counts of the device are of all of them.
i=0
while [ $i -lt 10 ]; do
	replace 0 "$tmp/a"
	send 1 9
	replace 0 "$tmp/b"
	send 1 9
	i=$((i + 1))
done
expect xdp "$(drop 9)" 34
"$tamiz" status -x --netns "$here" | grep -q 'frames: 41 dropped' ||
	complain "dropped in all: $("$tamiz" status -x --netns "$here")"
is_settled "many"

# A rule file with an error, an unknown device: nothing changes.
echo '-A NOWHERE -j DROP' >"$tmp/bad"
replace 1 "$tmp/bad"
try 3 "$tamiz" replace "$tmp/a" --netns "$here" --dev dut0 --dev lo
send 1 11
expect xdp "$(drop 11)" 1

# The device gets another address: its frames are judged again after the next
# change, and nothing is lost.
on "$here" ip link set dut0 address 02:00:00:00:00:77
on "$there" ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:77 dev gen0
replace 0 "$tmp/b"
is_settled "another address"
send 2 11
expect xdp "$(drop 11)" 3
expect xdp "$(drop 9)" 34

# Two at once: one after the other, and both count on.
"$tamiz" replace "$tmp/a" --netns "$here" --dev dut0 >/dev/null 2>&1 &
replace 0 "$tmp/a"
wait $! || complain "the other replace failed"
is_settled "two at once"
expect xdp "$(drop 9)" 34

# Killed at moments all over the run, first in replace, then in attach.
sent=34 delay=1
while [ $delay -le 120 ]; do
	timeout -s KILL "0.$(printf %03d $delay)" "$tamiz" replace "$tmp/a" \
		--netns "$here" --dev dut0 >/dev/null 2>&1
	send 1 9
	sent=$((sent + 1))
	expect xdp "$(drop 9)" $sent
	delay=$((delay + 7))
done
replace 0 "$tmp/b"
is_settled "after kills"
expect xdp "$(drop 9)" $sent
try 0 "$tamiz" detach --netns "$here" --dev dut0
delay=1
while [ $delay -le 120 ]; do
	timeout -s KILL "0.$(printf %03d $delay)" "$tamiz" attach "$tmp/a" \
		--netns "$here" --dev dut0 >/dev/null 2>&1
	if "$tamiz" status --netns "$here" | grep -q '^dut0: '; then
		send 1 9
		expect xdp "$(drop 9)" 1
		timeout -s KILL "0.$(printf %03d $((delay / 10)))" "$tamiz" \
			detach --netns "$here" --dev dut0 >/dev/null 2>&1
		"$tamiz" detach --netns "$here" --all >/dev/null
	fi
	delay=$((delay + 7))
done
try 0 "$tamiz" attach "$tmp/a" --netns "$here" --dev dut0
is_settled "attach after kills"
try 0 "$tamiz" detach --netns "$here" --all
[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
finish
