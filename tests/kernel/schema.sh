#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What status and log print with --json is as their schemas say, in every state
# that a device can be in, and outputs together show every member. check and
# run: tests/cli/schema.sh.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j LOG --log-prefix "nine " --log-level 5
-A PREROUTING -p udp -m udp --dport 9 -m comment --comment discard -j DROP
-A PREROUTING -p udp -m udp --dport 10 -j DROP
COMMIT
END
sed 's/dport 10/dport 11/' "$tmp/rules" >"$tmp/other"
on "$here" iptables-legacy-restore "$tmp/rules" || exit 1

change() {
	verb=$1
	shift
	must "$tamiz" "$verb" --netns "$here" --dev dut0 "$@"
}

# show NAME STATUS: what status says.
show() {
	"$tamiz" status --json --netns "$here" >"$tmp/status-$1" 2>"$tmp/err"
	got=$?
	[ $got = "$2" ] || complain "status of $1: exit $got: $(cat "$tmp/err")"
}

# has NAME TEXT: the state is there that the output is meant to show.
has() {
	grep -qF -- "$2" "$tmp/status-$1" || complain "$1: no $2"
}

is_over() {
	show over 0 && grep -qF '"trial": "rolled back"' "$tmp/status-over"
}

log() {
	timeout 60 "$tamiz" log --json --netns "$here" --count "$2" \
		>"$tmp/log-$1" 2>"$tmp/err" || complain "log: $(cat "$tmp/err")"
}

show nothing 0
change attach "$tmp/rules" --monitor --log=ring
send 2 9
expect would "-p udp -m udp --dport 9 -m comment --comment discard -j DROP" 2
show monitor 0
has monitor '"monitor": true'
log monitor 2
change enforce
change replace "$tmp/other" --log=ring --confirm 600 --sample 1/1 \
	--sample raw/PREROUTING/2=1/1
show trial 0
has trial '"trial": "unconfirmed"'
# The port of the one, and what no rule of the kernel has.
send 1 9
send 1 11
expect xdp "-p udp -m udp --dport 11 -j DROP" 1
show drops 0
log sample 2
grep -qF '"sampled":{' "$tmp/log-sample" || complain "log: no sample"
# Rules that are gone before the event is read.
send 1 9
expect xdp "-p udp -m udp --dport 9 -m comment --comment discard -j DROP" 2
change confirm
change replace "$tmp/rules" --log=ring
change replace "$tmp/other" --log=ring
log gone 1
grep -qE '"decider":\{"id":[0-9]+\}' "$tmp/log-gone" ||
	complain "log: its rules are not gone: $(cat "$tmp/log-gone")"
on "$here" iptables-legacy -t raw -D PREROUTING 3
show drift 0
has drift '"drifted": true'
change replace "$tmp/rules" --confirm 1
wait_for is_over || complain "the trial does not end"
change detach
change attach "$tmp/rules" --mode=replace --log=ring
show replace 0
has replace '"mode": "replace"'
rm "$netns_dir/dut0/meta_1"
show damaged 3
has damaged '"damaged": true'

for noun in status log; do
	python3 "$top_srcdir/tests/lib/schema.py" \
		"$top_srcdir/runtime/cli/schema/$noun.json" "$tmp/$noun"-* \
		>"$tmp/out"
	got=$?
	cat "$tmp/out"
	[ $got != 77 ] || exit 77
	[ $got = 0 ] || complain "$noun is not as its schema"
done
finish
