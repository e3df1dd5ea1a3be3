#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules that outlive a boot: what save writes, restore attaches, with the same
# meaning and without a compiler; what was not saved by us is refused. And rules
# that come from the kernel itself, and drift from it.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

{
	echo '*raw'
	echo ':PREROUTING ACCEPT [0:0]'
	printf -- '-A PREROUTING -p udp -m udp --dport 9 -m comment '
	printf -- '--comment "caf\351" -j DROP\n'
	echo '-A PREROUTING -i dut0 -p udp -m udp --dport 10 -j DROP'
	echo COMMIT
} >"$tmp/rules"
cat >"$tmp/filter" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 9 -j DROP
COMMIT
END
drop10='-i dut0 -p udp -m udp --dport 10 -j DROP'

save() {
	try "$1" "$tamiz" save --netns "$here" --file "$tmp/saved"
}

restore() {
	try "$1" "$tamiz" restore --netns "$here" --file "$tmp/saved" \
		${2:+"$2"} ${3:+"$3"} ${4:+"$4"} ${5:+"$5"}
}

detach() {
	try 0 "$tamiz" detach --netns "$here" --all
}

# The parts of status that a restored device shares with the saved one.
meaning() {
	"$tamiz" status --netns "$here" --json 2>/dev/null | python3 -c '
import json, sys
for d in sorted(json.load(sys.stdin), key=lambda d: d["device"]):
    print(d["device"], d["mode"], d["backend"], d["monitor"])
    for r in d["rules"]:
        print(r["text"], r["fit"], r["file"], r["line"], r["comment"])'
}

on "$here" ip link add pair0 type veth peer name pair1
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --monitor \
	--backend legacy
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev pair0 --mode replace \
	--assume-no-nat --chain raw/PREROUTING
save 0
[ "$(stat -c %a "$tmp/saved")" = 600 ] || complain "others can read what is saved"
meaning >"$tmp/before"
detach
# No clang: the saved object serves.
restore 0 --clang /nonexistent
meaning >"$tmp/after"
cmp "$tmp/before" "$tmp/after" || complain "restored is not what was saved"
send 2 10
expect would "$drop10" 2
restore 0
says "has rules of tamiz already"
# Saved again from what was restored it is the same.
cp "$tmp/saved" "$tmp/first"
save 0
python3 -c '
import json, sys
saved = [sorted(json.load(open(f))["devices"], key=lambda d: d["device"])
         for f in sys.argv[1:]]
sys.exit(saved[0] != saved[1])' "$tmp/first" "$tmp/saved" ||
	complain "saving again is not the same"

# A device that is not there keeps nobody from the others; one that comes late.
detach
on "$here" ip link set pair0 name away0
restore 3
says "there is no device pair0"
says "dut0: restored"
! "$tamiz" status --netns "$here" | grep -q ^pair0 || complain "pair0 is there"
"$tamiz" restore --netns "$here" --file "$tmp/saved" --dev pair0 --wait 30 \
	>"$tmp/late" 2>&1 &
pid=$!
on "$here" ip link set away0 name pair0
wait $pid || complain "a late device: $(cat "$tmp/late")"
grep -q "pair0: restored" "$tmp/late" || complain "a late device was not restored"
restore 3 --dev none0
says "nothing was saved of none0"
detach

# With other C than that of the object it is built again, which needs clang.
sed 's/"c": "[0-9a-f]*"/"c": "00"/' "$tmp/first" >"$tmp/saved"
restore 3 --clang /nonexistent
restore 0
detach
# What the host does now counts: it translates addresses since.
cp "$tmp/first" "$tmp/saved"
on "$here" iptables-legacy -t nat -A POSTROUTING -j MASQUERADE
try 0 "$tamiz" attach "$tmp/filter" --netns "$here" --dev dut0 \
	--assume-no-nat
save 0
detach
restore 0 --clang /nonexistent
detach
sed 's/"assume_no_nat": true/"assume_no_nat": false/' "$tmp/saved" >"$tmp/nat"
cp "$tmp/nat" "$tmp/saved"
restore 3 --clang /nonexistent
restore 0
detach
on "$here" iptables-legacy -t nat -F
# Damaged, cut, changed, another's, writable by others: nothing happens.
sed 's/"object_digest": "[0-9a-f]*"/"object_digest": "00"/' "$tmp/first" \
	>"$tmp/saved"
restore 1
says "not what tamiz save writes"
head -c 3000 "$tmp/first" >"$tmp/saved"
restore 1
printf '{"format":1,"devices":[{}]}' >"$tmp/saved"
restore 1
printf '{"format":2,"devices":[]}' >"$tmp/saved"
restore 1
cp "$tmp/first" "$tmp/saved"
chmod 666 "$tmp/saved"
restore 3
says "can be written by others"
# ... which save does not leave as it is.
save 0
[ "$(stat -c %a "$tmp/saved")" = 600 ] || complain "others can read it"
rm "$tmp/saved"
restore 3
try 0 "$tamiz" status --netns "$here"
says "nothing is attached"
# A stream, both ways; nothing attached is nothing saved.
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
"$tamiz" save --netns "$here" --file - >"$tmp/saved"
detach
"$tamiz" restore --netns "$here" --file - <"$tmp/saved" >/dev/null 2>&1 ||
	complain "restore from a stream"
detach
save 0
restore 0
try 3 "$tamiz" save --netns "$here" --file "$tmp/none/saved"
try 2 "$tamiz" save --netns "$here"
try 2 "$tamiz" restore --netns "$here"

# From the kernel: the backend that has rules, or the one that is named.
try 3 "$tamiz" attach --from-kernel --netns "$here" --dev dut0
says "no rules of iptables"
on "$here" iptables-legacy -A INPUT -p udp --dport 10 -j DROP
on "$here" ip6tables-legacy -A INPUT -p udp --dport 10 -j DROP
try 0 "$tamiz" attach --from-kernel --netns "$here" --dev dut0
says "judged as iptables-legacy would"
! grep -q "not live" "$tmp/out" || complain "the live rules are not live"
send 2 10
expect xdp "-p udp -m udp --dport 10 -j DROP" 2
expect sum "-p udp -m udp --dport 10 -j DROP" 2
on "$here" iptables-nft -A INPUT -p udp --dport 11 -j DROP
try 2 "$tamiz" replace --from-kernel --netns "$here" --dev dut0
says "name one with --backend"
try 0 "$tamiz" replace --from-kernel --netns "$here" --dev dut0 --backend nft
send 1 11
expect xdp "-p udp -m udp --dport 11 -j DROP" 1
try 2 "$tamiz" attach "$tmp/rules" --from-kernel --dev dut0
try 2 "$tamiz" attach --dev dut0
on "$here" nft flush ruleset

# Drift: told when the live rules are not those of the attach, and only then.
try 0 "$tamiz" replace --from-kernel --netns "$here" --dev dut0
drifted() {
	try 0 "$tamiz" status --netns "$here"
	if [ "$1" = yes ]; then
		says "drifted"
	else
		! grep -q drifted "$tmp/out" || complain "has drifted: $2"
	fi
}
check_drift() {
	on "$here" iptables-legacy-save >"$tmp/live"
	try 0 "$tamiz" check "$tmp/live" --fail-on drift --netns "$here" -q
	try "$1" "$tamiz" check "$tmp/kept" --fail-on drift --netns "$here" -q
}
on "$here" iptables-legacy-save >"$tmp/kept"
drifted no "at first"
check_drift 0
# Counters, other tables and rules that packets never meet here are no drift.
send 1 11
on "$here" iptables-legacy -A OUTPUT -j ACCEPT
on "$here" iptables-legacy -t mangle -A POSTROUTING -j ACCEPT
drifted no "rules elsewhere"
on "$here" iptables-legacy -I INPUT -s 198.51.100.1 -j ACCEPT
drifted yes
says "of others there are 1 more"
check_drift 1
save 0
detach
restore 0
drifted yes
on "$here" iptables-legacy -D INPUT 1
drifted no "as it was"
on "$here" iptables-legacy -P INPUT DROP
drifted yes
on "$here" iptables-legacy -P INPUT ACCEPT
on "$here" iptables-legacy -F INPUT
drifted yes
says "1 of these rules are not live any more"
"$tamiz" status --netns "$here" --json 2>/dev/null | grep -q '"drifted": true' ||
	complain "JSON: not drifted"
check_drift 1
finish
