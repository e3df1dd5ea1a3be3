#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --log=ring and --sample: what XDP drops is logged there, once, with its rule
# and its header; what is lost is counted; nobody waits for a reader.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable
add_cable6

cat >"$tmp/v4" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
:LOGDROP - [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j LOG --log-prefix "nine \"x\": "
-A PREROUTING -p udp -m udp --dport 9 -j DROP
-A PREROUTING -p udp -m udp --dport 10 -j DROP
-A PREROUTING -p udp -m udp --dport 11 -j LOGDROP
-A PREROUTING -p udp -m udp --dport 12 -j LOG --log-prefix "up: "
-A LOGDROP -m limit --limit 1/hour --limit-burst 1 -j LOG --log-prefix "limited: "
-A LOGDROP -j NFLOG --nflog-prefix nf
-A LOGDROP -j DROP
COMMIT
END
cat >"$tmp/v6" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 2001:db8::/32 -p udp -m udp --dport 9 -j TRACE
-A PREROUTING -p udp -m udp --dport 9 -j DROP
COMMIT
END
on "$here" iptables-legacy-restore "$tmp/v4" || exit 1
on "$here" ip6tables-legacy-restore "$tmp/v6" || exit 1

# On one CPU: samples are counted by each for itself.
send_one_cpu() {
	on "$there" taskset -c 0 bash -c 'for ((i = 0; i < $0; i++)); do
		printf 0123456789 >"/dev/udp/$2/$1"; done' "$1" "$2" \
		"${3:-192.0.2.1}"
}

# log OPTION...: what comes within a minute, to $tmp/out and $tmp/err.
log() {
	timeout 60 "$tamiz" log --netns "$here" --dev dut0 "$@" \
		>"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = 0 ] || {
		complain "log $*: exit $got"
		cat "$tmp/err"
	}
}

# start_log OPTION...: a reader in the background, when it has begun.
start_log() {
	: >"$tmp/live"
	"$tamiz" log --netns "$here" --dev dut0 "$@" >"$tmp/live" \
		2>"$tmp/live.err" &
	reader=$!
	wait_for is_reading || complain "the reader does not begin"
}

# The reader holds its lock: asking for the lock would be in its way.
# It waits for events, having looked at what was lost before.
is_reading() {
	grep -q "FLOCK .* $reader " /proc/locks &&
		grep -q poll "/proc/$reader/wchan"
}

has_lines() {
	[ "$(wc -l <"$tmp/live")" -ge "$1" ]
}

stop_log() {
	kill -TERM $reader
	wait $reader || complain "the reader ended with $?"
}

# is TEXT: the number of lines of the last `log` that hold it.
is() {
	[ "$(grep -cF -- "$2" "$tmp/out")" = "$1" ] || {
		complain "not $1 lines with \"$2\":"
		cat "$tmp/out"
	}
}

# ---- rules without LOG: the object has nothing of it ----
must "$tamiz" attach "$tmp/v4" "$tmp/v6" --netns "$here" --dev dut0
[ ! -e "$netns_dir/dut0/log" ] || complain "a ring that nobody asked for"
send 3 9
expect kernel "-p udp -m udp --dport 9 -j DROP" 3
expect xdp "-p udp -m udp --dport 9 -j DROP" 0
try 3 "$tamiz" log --netns "$here" --dev dut0
says "dut0 logs nothing"

# ---- the same, logged at XDP ----
must "$tamiz" replace "$tmp/v4" "$tmp/v6" --netns "$here" --dev dut0 --log=ring
send 3 9
send 2 11
send 4 12
on "$there" bash -c 'printf 0123456789 >/dev/udp/2001:db8::1/9'
expect xdp "-p udp -m udp --dport 9 -j DROP" 3
log --count 6
is 3 "dut0: dropped by raw/PREROUTING/2 ($tmp/v4:5), logged by \
raw/PREROUTING/1 ($tmp/v4:4): nine \"x\": IN=dut0 OUT= MAC=$mac:"
is 5 "SRC=192.0.2.2 DST=192.0.2.1 LEN=38 TOS=0x00 PREC=0x00 TTL=64 "
is 4 " DPT=9 LEN=18 "
is 2 "perhaps logged by raw/LOGDROP/1 ($tmp/v4:9), logged by raw/LOGDROP/2 \
($tmp/v4:10): limited: nfIN=dut0 "
is 1 ", on the way raw/PREROUTING/1 ($tmp/v6:3) > raw/PREROUTING/2 \
($tmp/v6:4): IN=dut0 "
is 1 "SRC=2001:0db8:0000:0000:0000:0000:0000:0002 \
DST=2001:0db8:0000:0000:0000:0000:0000:0001 LEN=58 TC=0 HOPLIMIT=64 "
grep -q "6 events shown, 0 lost" "$tmp/err" || complain "$(cat "$tmp/err")"
# What goes up is the kernel's to log: it did, and XDP did not.
expect kernel "-p udp -m udp --dport 12 -j LOG --log-prefix \\\\\"up: \\\\\"" 4
# What XDP logged, the kernel has not seen.
expect kernel "-p udp -m udp --dport 9 -j DROP" 3

# ---- following: a replace in between, one reader only, a signal ----
start_log --json
try 3 "$tamiz" log --netns "$here" --dev dut0
says "is being read by another process"
send 1 9
wait_for has_lines 1 || complain "no line"
sed 's/^-A PREROUTING -p udp -m udp --dport 10/# other\n&/' "$tmp/v4" \
	>"$tmp/v4b"
must "$tamiz" replace "$tmp/v4b" --netns "$here" --dev dut0 --log=ring
send 1 11
wait_for has_lines 2 || complain "no line after the replace"
stop_log
cp "$tmp/live" "$tmp/out"
is 1 "\"generation\":2,"
is 1 "\"generation\":3,"
is 1 "\"file\":\"$tmp/v4b\",\"line\":12,"
is 1 "\"prefix\":\"nine \\\"x\\\": \",\"level\":4}"
is 2 "\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\",\"protocol\":17,"
grep -q "2 events shown, 0 lost" "$tmp/live.err" ||
	complain "$(cat "$tmp/live.err")"

# ---- samples: every fifth of all drops, every third of a rule ----
must "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --log=ring \
	--sample raw/PREROUTING/3=1/3 --snaplen 40
: >"$tmp/pcap"
chmod 644 "$tmp/pcap"
start_log --pcap "$tmp/pcap"
send_one_cpu 10 10
wait_for has_lines 3 || complain "not three samples"
stop_log
cp "$tmp/live" "$tmp/out"
is 3 "sample of raw/PREROUTING/3 ($tmp/v4:6): IN=dut0"
[ "$(wc -l <"$tmp/out")" = 3 ] || complain "more than samples"
[ "$(stat -c %a "$tmp/pcap")" = 600 ] || complain "the packets are public"
if command -v tcpdump >/dev/null; then
	[ "$(tcpdump -nr "$tmp/pcap" 2>/dev/null | grep -cF '> 192.0.2.1.10:')" \
		= 3 ] || complain "tcpdump does not see 3 packets"
fi
grep -qa "sample of raw/PREROUTING/3" "$tmp/pcap" || complain "no comment"
must "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --sample 1/5
send_one_cpu 20 10
expect xdp "-p udp -m udp --dport 10 -j DROP" 30
log --count 4
is 4 ", sample: IN=dut0"
try 1 "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --sample \
	raw/PREROUTING/9=1/3
says "no rule \"raw/PREROUTING/9\" to log samples of"
try 2 "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --sample 1/0
says "--sample takes 1/N or RULE=1/N, not \"1/0\""

# ---- monitor: nothing is dropped, and what would be is logged ----
must "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --log=ring --monitor
send 2 9
log --count 2
is 2 "dut0: would drop by raw/PREROUTING/2"

# ---- a flood: nobody waits, and what is not shown is counted ----
must "$tamiz" replace "$tmp/v4" --netns "$here" --dev dut0 --log=ring
if command -v bpftool >/dev/null; then
	# Ethernet, IPv4 and UDP to port 9, from 192.0.2.2 to 192.0.2.1
	for byte in $(echo "$mac" | tr : ' ') 02 00 00 00 00 01 08 00 \
		45 00 00 1c 00 00 00 00 40 11 f6 cd c0 00 02 02 c0 00 02 01 \
		10 00 00 09 00 08 00 00; do
		# shellcheck disable=SC2059
		printf "\\$(printf %03o "0x$byte")"
	done >"$tmp/frame"
	start_log
	try 0 timeout 300 bpftool prog run pinned "$netns_dir/dut0/root" \
		data_in "$tmp/frame" repeat 1000000
	says "Return value: 1"
	stop_log
	shown=$(wc -l <"$tmp/live")
	lost=$(sed -n 's/.* events shown, \([0-9]*\) lost$/\1/p' \
		"$tmp/live.err")
	[ $((shown + lost)) = 1000000 ] ||
		complain "$shown shown and $lost lost are not 1000000"
	[ "$shown" -ge 100 ] || complain "only $shown shown"
	[ "$lost" -ge 100000 ] || complain "only $lost lost"
else
	echo "no bpftool: no flood"
fi

# ---- replace: LOG logs what passes, too ----
cat >"$tmp/alone" <<'END'
*raw
:PREROUTING DROP [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j LOG --log-prefix "both "
-A PREROUTING -s 192.0.2.2/32 -j ACCEPT
COMMIT
END
try 1 "$tamiz" check --mode=replace "$tmp/alone"
says "a person reads what this rule logs"
must "$tamiz" replace "$tmp/alone" --netns "$here" --dev dut0 --mode=replace \
	--log=ring
send 1 9
on "$there" ip addr add 192.0.2.3/24 dev gen0
on "$there" ip route replace 192.0.2.1/32 dev gen0 src 192.0.2.3
send 1 9
log --count 2
is 1 "dut0: passed by raw/PREROUTING/2 ($tmp/alone:4), logged by \
raw/PREROUTING/1 ($tmp/alone:3): both IN=dut0"
is 1 "dut0: dropped by raw/PREROUTING/policy ($tmp/alone:2), logged by \
raw/PREROUTING/1"

# ---- another name: the pins follow at the next change, and so does who reads ----
start_log
send 1 9
reader_saw() {
	[ "$(grep -c "$1: dropped" "$tmp/live")" = "$2" ]
}
wait_for reader_saw dut0 1 || complain "not shown: $(cat "$tmp/live")"
rename_to() {
	on "$here" ip link set "$1" down
	on "$here" ip link set "$1" name "$2"
	on "$here" ip link set "$2" up
	try 0 "$tamiz" enforce --netns "$here" --all
	[ -e "$netns_dir/$2/log" ] || complain "the pins are not of $2"
}
rename_to dut0 other0
is_followed() {
	send 1 9
	grep -q "other0: dropped" "$tmp/live"
}
wait_for is_followed || complain "$(cat "$tmp/live" "$tmp/live.err")"
rename_to other0 dut0
stop_log

# ---- the end: what is pinned goes with the rules, and the reader says so ----
start_log
must "$tamiz" detach --netns "$here" --dev dut0
wait $reader || complain "the reader ended with $?"
grep -q "nothing is attached any more" "$tmp/live.err" ||
	complain "$(cat "$tmp/live.err")"
[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
try 3 "$tamiz" log --netns "$here"
says "nothing logs in this network namespace"
finish
