#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Filters on sockets of running processes: exactly the datagrams that match
# arrive, whole, on every kind of socket; the filter comes and goes while they
# flow. Which sockets are meant; several are one change; locks; rights.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
traffic=$top_builddir/tests/kernel/socket_traffic
port=5300 number=0
make_cable
add_cable6

# as_many N FILE: whether it has so many lines of datagrams.
as_many() {
	[ "$(grep -c '^[46]' "$2")" -ge "$1" ]
}

send_some() {
	on "$there" "$traffic" send "$number" "$1" $port 192.0.2.1 2001:db8::1
	number=$((number + $1))
}

# arrived NAME: the lines since the last `mark NAME`.
mark() {
	wc -l <"$tmp/$1" >"$tmp/$1.mark"
}

arrived() {
	tail -n +$(($(cat "$tmp/$1.mark") + 1)) "$tmp/$1"
}

has_last() {
	arrived "$1" | grep -q "^. .* $2 "
}

# phase NAME WHICH EXPECTED EXPRESSION [OPTION...]: while the filter is there,
# those of 240 datagrams arrive that the awk condition EXPECTED is true of:
# family, from, number, len. Behind it comes one that nobody filters.
phase() {
	server=$1 which=$2 expected=$3 expression=$4
	shift 4
	must "$tamiz" attach -e "$expression" --netns "$here" \
		--socket "$which" "$@"
	mark "$server"
	send_some 240 >"$tmp/sent"
	"$tamiz" detach --netns "$here" --socket "$which" >"$tmp/out" 2>&1 ||
		complain "detach: $(cat "$tmp/out")"
	last=$number
	send_some 2 >/dev/null
	wait_for has_last "$server" "$((last + family_of_last))" ||
		complain "$server: nothing arrives without a filter"
	awk '{ family = $1; from = $2; number = $3; len = $4 }
		'"$expected" "$tmp/sent" >"$tmp/wanted"
	arrived "$server" | awk -v last="$last" '!($3 >= last)' >"$tmp/got"
	cmp -s "$tmp/wanted" "$tmp/got" || {
		complain "$server, $expression:" \
			"$(wc -l <"$tmp/wanted") wanted, $(wc -l <"$tmp/got") got"
		diff "$tmp/wanted" "$tmp/got" | head -5
	}
	n_wanted=$((n_wanted + $(wc -l <"$tmp/wanted")))
}

# Which of the last two datagrams every server here can get: 0 IPv4, 1 IPv6.
family_of_last=0
n_wanted=0
start_on "$here" udp "$traffic" serve udp $port
udp=$pid
phase udp "udp *:$port" 'from == 4002' 'udp src port 4002'
phase udp "udp [::]:$port" 'from != 4002' 'not src port 4002'
phase udp "$udp:3" 'family == 6' 'ip6'
phase udp "$udp:3" 'family == 4 && from > 4002' \
	'src host 192.0.2.2 and src portrange 4003-4004'
phase udp "$udp:3" 'len > 700' 'len > 708'
phase udp "$udp:3" 'family == 4 && len < 300' 'udp[4:2] < 308'
phase udp "$udp:3" 'family == 4 && int(number / 4) % 2' 'udp[11] & 4 != 0'
phase udp "$udp:3" 'family == 6 && int(number / 4) % 2' \
	'ip6[6] = 17 and ip6[51] & 4 != 0'
phase udp "$udp:3" 'from == 4001' 'udp src port 4001' --object
phase udp "$udp:3" 'family == 4 && int(number / 4) % 2 || family == 6' \
	'ip6 or udp[11] & 4 != 0' --object
phase udp "$udp:3" 0 'tcp'
phase udp "$udp:3" 1 ''
# The payload is there to its last byte.
phase udp "$udp:3" 'family == 4 && len == 1395' \
	'udp[4:2] = 1403 and udp[1402] >= 0'
end $udp

start_on "$here" udp4 "$traffic" serve udp4 $port
phase udp4 "udp 0.0.0.0:$port" 'family == 4 && from == 4003' 'src port 4003'
end $pid
start_on "$here" raw4 "$traffic" serve raw4 $port
phase raw4 "raw *:udp" 'family == 4 && from == 4003' 'src port 4003'
phase raw4 "raw 0.0.0.0:17" 'family == 4 && len > 700' 'greater 729'
end $pid
start_on "$here" packet "$traffic" serve packet $port
phase packet "packet" 'from == 4003' 'src port 4003'
phase packet "$pid:3" 'family == 4 && from == 4003' \
	'ether proto 0x800 and src port 4003'
end $pid
start_on "$here" cooked "$traffic" serve cooked $port
phase cooked "$pid:3" 'from == 4003 && len > 700' \
	'src port 4003 and ((ip and greater 729) or (ip6 and greater 749))'
end $pid
family_of_last=1
start_on "$here" udp6 "$traffic" serve udp6 $port
phase udp6 "udp *:*" 'family == 6 && from == 4003' 'src port 4003'
end $pid
start_on "$here" raw6 "$traffic" serve raw6 $port
phase raw6 "raw [::]:17" 'family == 6 && from == 4003' 'src port 4003'
end $pid
[ $n_wanted -gt 1000 ] || complain "only $n_wanted datagrams were wanted"

# Merged datagrams are judged as one: that is said.
start_on "$here" gro "$traffic" serve gro 5401
must "$tamiz" attach -e ip --socket "$pid:3"
says "of process $pid takes datagrams that the kernel has merged"
end $pid

# While traffic flows: what matches arrives throughout.
start_on "$here" flowing "$traffic" serve udp $port
nsenter --net="/run/netns/$there" "$traffic" send 100000 0 $port 192.0.2.1 \
	2001:db8::1 >"$tmp/flow" &
flow=$!
pids="$pids $flow"
wait_for as_many 200 "$tmp/flowing" || complain "nothing flows"
must "$tamiz" attach -e 'src port 4001' --socket "$pid:3"
n_begin=$(wc -l <"$tmp/flow")
wait_for as_many $((n_begin + 2000)) "$tmp/flow"
n_end=$(wc -l <"$tmp/flow")
must "$tamiz" detach --socket "$pid:3"
wait_for as_many $((n_end + 400)) "$tmp/flow"
end $flow
# The last ones before the detach may have been on their way, and the file is
# written behind the sending.
filtered="\$3 > 100000 + $n_begin && \$3 < 100000 + $n_end - 100"
awk '$2 == 4001' "$tmp/flow" >"$tmp/wanted"
has_all() {
	awk '$2 == 4001' "$tmp/flowing" | cmp -s - "$tmp/wanted"
}
wait_for has_all || complain "of what flowed some that match are lost"
awk "$filtered" "$tmp/flowing" >"$tmp/got"
awk "\$2 == 4001 && $filtered" "$tmp/flow" | cmp -s - "$tmp/got" ||
	complain "the filter does not hold while datagrams flow"
[ -s "$tmp/got" ] || complain "nothing flowed through the filter"
end $pid
! grep -h broken "$tmp/udp" "$tmp"/raw? "$tmp/packet" "$tmp/flowing" ||
	complain "datagrams are not whole"

# TCP: who may connect; those who did keep the filter.
start_on "$here" tcp "$traffic" listen 80
tcp=$pid
must "$tamiz" attach -e 'not src port 4002' --netns "$here" \
	--socket 'tcp 0.0.0.0:80'
connect_from() {
	nsenter --net="/run/netns/$there" "$traffic" connect 80 "$1" \
		192.0.2.1 >/dev/null &
	pids="$pids $!"
}
connect_from 4002
dropped() {
	"$tamiz" status --netns "$here" --socket 'tcp *:80' >"$tmp/out" 2>&1
	grep -q "[1-9][0-9]* packets dropped" "$tmp/out"
}
wait_for dropped || complain "no SYN is dropped: $(cat "$tmp/out")"
connect_from 4001
has_4001() {
	grep -qx 4001 "$tmp/tcp"
}
wait_for has_4001 || complain "4001 is not accepted"
! grep -qx 4002 "$tmp/tcp" || complain "4002 is accepted"
try 0 "$tamiz" status --netns "$here" --socket 'tcp 192.0.2.1:80'
says "tcp 192.0.2.1:80 > 192.0.2.2:4001"
says "a filter of "
end $tcp

# Several sockets, one change: the second setsockopt fails, and what the first
# had comes back.
start_on "$here" one "$traffic" serve udp $port
one=$pid
start_on "$here" two "$traffic" serve udp $port
two=$pid
state() {
	"$tamiz" status --netns "$here" --socket "udp *:$port" -v >"$1" 2>&1
}
state "$tmp/open"
must "$tamiz" attach -e 'src port 4001' --netns "$here" --socket "udp *:$port" \
	--dry-run
says "2 sockets could be given the filter; nothing was changed"
state "$tmp/out"
cmp -s "$tmp/open" "$tmp/out" || complain "a dry run changed something"
if command -v strace >/dev/null; then
	fails() {
		ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null \
			-e trace="$1" -e inject="$1:error=$2:when=$3" "$tamiz" \
			attach -e 'src port 4002' --netns "$here" \
			--socket "udp *:$port" --force
	}
	try 3 fails setsockopt ENOMEM 2
	says "no socket was changed"
	state "$tmp/out"
	cmp -s "$tmp/open" "$tmp/out" || complain "a filter stays alone"
	must "$tamiz" attach -e 'src port 4001' --socket "$one:3"
	must "$tamiz" attach -e 'src port 4003 or ip6' --socket "$two:3"
	state "$tmp/before"
	try 3 fails setsockopt ENOMEM 2
	state "$tmp/out"
	cmp -s "$tmp/before" "$tmp/out" || complain "not put back"
	# The process ends between being found and being looked into.
	try 3 fails pidfd_open EPERM 1+
	says "2 of 2 sockets are held by no process that can be looked into"
	if [ -z "$(find /proc/[0-9]*/fd 2>&1 >/dev/null | grep denied)" ] &&
		readlink /proc/1/fd/0 >/dev/null; then
		try 3 fails pidfd_getfd ESRCH 1+
		says "no process that is seen here holds the socket"
		try 0 fails pidfd_getfd EBADF 2
		says "1 of 2 sockets are left out"
	else
		echo "processes that not even root may look into"
		try 3 fails pidfd_getfd ESRCH 1+
	fi
	try 0 "$tamiz" detach --netns "$here" --socket "udp *:$port"
	says "detached from 2 sockets"
else
	echo "no strace: calls do not fail"
fi
must "$tamiz" attach -e 'src port 4001' --socket "$one:3" --socket "$one:3"
[ "$(wc -l <"$tmp/out")" = 1 ] || complain "a socket is named twice"
try 3 "$tamiz" attach -e 'src port 4002' --netns "$here" \
	--socket "udp *:$port"
says "udp [::]:$port of process $one has a filter already (--force"
try 0 "$tamiz" status --netns "$here" --socket "$two:3"
says "$two:3): no filter"
must "$tamiz" attach -e 'ip6' --netns "$here" --socket "udp *:$port" --force
try 0 "$tamiz" detach --socket "$one:3"
try 3 "$tamiz" detach --socket "$one:3"
says "udp [::]:$port has no filter"
# What is printed of a program is a program, and the same.
must "$tamiz" attach --from cbpf '3,32 0 0 4293918724,84 0 0 7,22 0 0 0' \
	--socket "$one:3" -O
must "$tamiz" status --socket "$one:3" --json
says '"3,32 0 0 4293918724,84 0 0 7,22 0 0 0"'
must "$tamiz" attach -e ip --socket "$two:3" --force --object
for which in "udp *:$port" "$one:3"; do
	"$tamiz" status --json --netns "$here" --socket "$which" \
		>"$tmp/sockets-${which#"$one:"}" || complain "status --json"
done
end $two

# Locked: nobody can change it or take it off.
must "$tamiz" attach -e 'src port 4001' --socket "$one:3" --force --lock
says "the lock cannot be undone"
try 3 "$tamiz" detach --socket "$one:3"
says "the filter of udp [::]:$port is locked"
try 3 "$tamiz" attach -e ip --socket "$one:3" --force
says "is locked"
try 0 "$tamiz" status --socket "$one:3" --json
says '"locked": true'
cp "$tmp/out" "$tmp/sockets-locked"

# Who may, and where.
try 3 "$tamiz" attach -e ip --socket "udp *:$port"
says "there is no socket \"udp *:$port\" in this network namespace"
without_ptrace() {
	setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$@"
}
if command -v setpriv >/dev/null; then
	try 3 without_ptrace "$tamiz" status --socket "$one:3"
	says "missing capability: CAP_SYS_PTRACE"
	try 3 without_ptrace "$tamiz" status --netns "$here" \
		--socket "udp *:$port"
	says "missing capability: CAP_SYS_PTRACE"
	start_on "$here" nobody \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$traffic" serve udp4 5400
	must "$tamiz" attach -e ip --netns "$here" --socket 'udp *:5400'
	says "udp 0.0.0.0:5400 (socket_traffic $pid:3)"
	end $pid
else
	echo "no setpriv: rights are not looked at"
fi
end $one
try 3 "$tamiz" status --socket "$one:3"
says "there is no process $one"
start_on "$here" unix "$traffic" unix
try 3 "$tamiz" attach -e ip --socket "$pid:3"
says "gets nothing that expressions speak of"
must "$tamiz" attach --from cbpf '1,6 0 0 4294967295' --socket "$pid:3"
try 1 "$tamiz" attach -e 'ether src 1:2:3:4:5:6' --socket "$pid:4" --link net
says "a MAC address needs Ethernet frames"
try 3 "$tamiz" status --socket "$pid:1"
says "descriptor 1 of process $pid is not a socket"
try 3 "$tamiz" status --socket "$pid:999"
says "process $pid has no descriptor 999"
"$tamiz" status --json --socket "$pid:3" --socket "$pid:4" >"$tmp/sockets-unix"
end $pid
for which in 'udp' 'tcp *:http' 'raw 1.2.3.4:icmp'; do
	try 3 "$tamiz" status --netns "$here" --socket "$which"
	says "there is no socket \"$which\""
done
for which in '' 1: :1 0:1 -1:1 'udp 1.2.3:5' 'udp *:70000' 'udp *' 'icmp *:1' \
	'udp ::1:5' 'tcp *:no-such-service' 'packet no-such-device'; do
	try 2 "$tamiz" status --netns "$here" --socket "$which"
	says "names no sockets"
done
try 2 "$tamiz" attach -e ip --socket 1:1 --monitor
says "--monitor does not go with --socket"
try 2 "$tamiz" attach "$tmp/x" --dev dut0 --lock
says "--lock goes with --socket"
python3 "$top_srcdir/tests/lib/schema.py" \
	"$top_srcdir/runtime/cli/schema/sockets.json" "$tmp"/sockets-* >"$tmp/out"
got=$?
[ $got = 0 ] || [ $got = 77 ] || complain "$(cat "$tmp/out")"
finish
