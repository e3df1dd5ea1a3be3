# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# Sourced by the tests of this folder: two network namespaces with a cable
# between them (dut0 in $here, gen0 in $there), removed at the end, whatever it
# is. Complaints are counted; `finish` turns them into the exit status.

: "${top_builddir:=$PWD}" "${top_srcdir:=$(dirname "$0")/../..}" "${CLANG:=clang}"
tamiz=$top_builddir/tamiz
here=tz-$$-here there=tz-$$-there
netns_dir='' failed=0 pids=''
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" = 0 ] || {
	echo "needs root: attaches programs to devices"
	exit 77
}
[ -x "$tamiz" ] || {
	echo "no $tamiz"
	exit 1
}
tmp=$(mktemp -d "$top_builddir/kernel-test.XXXXXX") || exit 1

# end PID...: processes of $pids, over when it returns; a number that is free
# again may be another's.
end() {
	for end_pid in "$@"; do
		kill "$end_pid" 2>/dev/null
		wait "$end_pid" 2>/dev/null
		pids=$(echo " $pids " | sed "s/ $end_pid / /")
	done
}

clean_up() {
	# They are words.
	# shellcheck disable=SC2086
	end $pids
	[ ! -e "/run/netns/$here" ] ||
		"$tamiz" detach --all --netns "$here" >/dev/null 2>&1
	for n in "$here" "$there"; do
		[ ! -e "/run/netns/$n" ] || ip netns del "$n"
	done
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

complain() {
	echo "FAILED: $*"
	failed=$((failed + 1))
}

finish() {
	[ $failed = 0 ] || echo "$failed complaints"
	exit "$((failed != 0))"
}

# `ip netns exec` would hide bpffs: it mounts another /sys.
# Not in the background: $! would be a shell, and what it runs outlive it.
on() {
	on_ns=$1
	shift
	nsenter --net="/run/netns/$on_ns" "$@"
}

# wait_for COMMAND...: until it succeeds, half a minute at least.
wait_for() {
	tries=600
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# start NAME COMMAND...: in the background, until it says "ready", or "none":
# there is nothing to do. Its output is $lines, $tmp/NAME, its process $pid,
# which is ended at the end.
start() {
	lines=$tmp/$1
	shift
	"$@" >"$lines" 2>&1 &
	pid=$!
	pids="$pids $pid"
	wait_for grep -qsx 'ready\|none' "$lines" || {
		complain "does not start: $*: $(cat "$lines")"
		finish
	}
}

# start_on NAMESPACE NAME COMMAND...: there.
start_on() {
	start_name=$2 start_ns=$1
	shift 2
	start "$start_name" nsenter --net="/run/netns/$start_ns" "$@"
}

# try STATUS COMMAND...: runs it, output in $tmp/out, and checks its status.
try() {
	wanted=$1
	shift
	"$@" >"$tmp/out" 2>&1
	got=$?
	[ $got = "$wanted" ] || {
		complain "exit $got, not $wanted: $*"
		cat "$tmp/out"
	}
}

# must COMMAND...: as try 0, and without it the rest makes no sense.
must() {
	try 0 "$@"
	[ "$got" = 0 ] || finish
}

# says TEXT: whether the last `try` printed it.
says() {
	grep -qF -- "$1" "$tmp/out" || {
		complain "does not say \"$1\":"
		cat "$tmp/out"
	}
}

# mac_of NAMESPACE DEVICE
mac_of() {
	on "$1" ip -o link show "$2" |
		sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'
}

make_cable() {
	ip netns add "$here" && ip netns add "$there" || exit 1
	ip link add dut0 netns "$here" type veth peer name gen0 \
		netns "$there" || exit 1
	on "$here" ip addr add 192.0.2.1/24 dev dut0
	on "$there" ip addr add 192.0.2.2/24 dev gen0
	on "$here" ip link set lo up
	on "$here" ip link set dut0 up
	on "$there" ip link set gen0 up
	# No ARP: every frame on the cable is one that a test sends.
	mac=$(mac_of "$here" dut0)
	on "$there" ip neigh add 192.0.2.1 lladdr "$mac" dev gen0
	netns_dir=/sys/fs/bpf/tamiz/v2/$(stat -L -c %i "/run/netns/$here")
}

has_address6() {
	on "$1" ip -6 route get "$2" 2>/dev/null | grep -q '^local '
}

# add_address6 NAMESPACE ADDRESS/BITS DEVICE. A work queue of the kernel makes it
# this host's, also without looking for duplicates.
add_address6() {
	on "$1" ip -6 addr add "$2" dev "$3" nodad
	wait_for has_address6 "$1" "${2%/*}" || complain "$2 does not come"
}

# Both ends have an address of IPv6, too, and know each other.
add_cable6() {
	add_address6 "$here" 2001:db8::1/64 dut0
	add_address6 "$there" 2001:db8::2/64 gen0
	on "$there" ip neigh add 2001:db8::1 lladdr "$mac" dev gen0
	gen_mac=$(mac_of "$there" gen0)
	for address in 192.0.2.2 2001:db8::2; do
		on "$here" ip neigh add $address lladdr "$gen_mac" dev dut0
	done
}

# send COUNT PORT: that many UDP datagrams of 10 bytes (38 with the headers).
send() {
	on "$there" bash -c 'for ((i = 0; i < $0; i++)); do
		printf 0123456789 >"/dev/udp/192.0.2.1/$1"; done' "$1" "$2"
}

# packets WHICH WORDS: of the first rule that has them: sum, xdp, kernel.
packets() {
	"$tamiz" status --json --netns "$here" 2>/dev/null |
		awk -v which="\"$1\": {" -v words="$2" '
		/"text":/ && index($0, words) { found = 1 }
		found && index($0, which) { there = 1 }
		there && /"packets"/ { gsub(/[^0-9]/, ""); print; exit }'
}

# count WHICH TEXT: of the first rule with that text.
count() {
	packets "$1" "\"text\": \"$2\""
}

counts() {
	[ "$(count "$1" "$2")" = "$3" ]
}

# expect WHICH TEXT COUNT: waits until the rule has counted that much.
expect() {
	wait_for counts "$@" ||
		complain "\"$2\": $1 is $(count "$1" "$2"), not $3"
}

# is_settled NAME: what is pinned for dut0 is what belongs to the generation in
# force and at most one before it: five things of the device, five of each.
is_settled() {
	n_files=$(find "$netns_dir/dut0" -type f | wc -l)
	n_gens=$(find "$netns_dir/dut0" -name 'rules_*' | wc -l)
	[ "$n_gens" -le 2 ] && [ "$n_files" = $((5 + 5 * n_gens)) ] ||
		complain "$1: pinned: $(ls "$netns_dir/dut0")"
}

# For tests that break in at one call after the other: strace, the cable, two
# rule sets ($tmp/10, $tmp/11) that share the rule $drop. What differs from one
# call to the next is what the kernel holds. The sanitizers look at the code,
# which is the same after most of them, so there it is one call in four.
#
# They run with a BPF file system of their own: how many calls a command makes
# depends on whose pins it finds there.
prepare_faults() {
	command -v strace >/dev/null || {
		echo "no strace"
		exit 77
	}
	if [ -z "${TZ_IS_ALONE:-}" ]; then
		rm -rf "$tmp"
		# shellcheck disable=SC2016
		TZ_IS_ALONE=1 exec unshare -m sh -c \
			'mount -t bpf bpf /sys/fs/bpf && exec "$@"' - "$0"
	fi
	make_cable
	# Looking for leaks is not possible under strace.
	export ASAN_OPTIONS=detect_leaks=0
	rarely=1
	[ -z "${SANITIZE:-}" ] || rarely=4
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
}

# killed_at CALL N COMMAND...: 0 when it was killed at the Nth such call.
killed_at() {
	call=$1 when=$2
	shift 2
	strace -qq -o /dev/null -e trace="$call" \
		-e inject="$call:signal=KILL:when=$when" "$@" \
		>"$tmp/killed" 2>&1
	[ $? = 137 ]
}

# trace COMMAND...: its bpf calls, a line each, in $tmp/calls.
trace() {
	strace -qq -o "$tmp/trace" -e trace=bpf "$@" >/dev/null 2>&1 ||
		complain "cannot trace $*"
	grep '^bpf(' "$tmp/trace" >"$tmp/calls"
}

# enough WHAT N WANTED: whether that was done as often as it is wanted.
enough() {
	echo "$1: $2 times"
	[ "$2" -ge $(($3 / rarely)) ] || complain "that is not enough"
}
