#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every noun over pins that are missing, of another kind, links to elsewhere,
# or not to be read; directories that cannot be written; every noun beside
# every other. Each ends, with what it can say, and detach leaves nothing.
# EVERY=N takes each Nth damage.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
# The leak detector stops the process, and a reader that is told to end then
# may not.
export ASAN_OPTIONS=detect_leaks=0
make_cable
: "${EVERY:=9}"

for port in 10 11; do
	cat >"$tmp/$port" <<-END
		*raw
		:PREROUTING ACCEPT [0:0]
		-A PREROUTING -p udp -m udp --dport $port -j ACCEPT
		-A PREROUTING -p udp -m udp --dport 9 -j LOG
		-A PREROUTING -p udp -m udp --dport 9 -j DROP
		COMMIT
	END
done
on "$here" ip link add pair0 type veth peer name pair1
at=$netns_dir/dut0
log=log\ --pcap\ $tmp/pcap

# Two generations, the younger on trial, and one of another device. What was
# saved the first time comes back without clang.
make_state() {
	if [ -e "$tmp/saved" ]; then
		try 0 "$tamiz" restore --netns "$here" --file "$tmp/saved"
	else
		try 0 "$tamiz" attach "$tmp/10" --netns "$here" --dev dut0 \
			--dev pair0 --log=ring
		try 0 "$tamiz" save --netns "$here" --file "$tmp/saved"
	fi
	try 0 "$tamiz" replace "$tmp/11" --netns "$here" --dev dut0 --log=ring \
		--confirm 600
}

# any COMMAND...: it may fail, but in its own way; 124: it was still reading.
any() {
	limit=120
	[ "$1" != log ] || limit=0.1
	timeout $limit "$tamiz" "$@" --netns "$here" >"$tmp/any" 2>&1
	got=$?
	case $got in
	0) ;;
	124) [ "$1" = log ] || complain "$what: $* hangs" ;;
	3) [ -s "$tmp/any" ] || complain "$what: $* fails without a word" ;;
	*) complain "$what: $*: exit $got" ;;
	esac
	! grep -q 'Sanitizer\|runtime error\|Assert' "$tmp/any" || {
		complain "$what: $*"
		head -n 20 "$tmp/any"
	}
}

use_all() {
	what=$1
	for command in status "status --json" "$log" "save --file /dev/null" \
		"confirm --dev dut0" "enforce --dev dut0" \
		"rollback --dev dut0" "replace $tmp/10 --dev dut0 --dry-run" \
		"replace $tmp/10 --dev dut0"; do
		# shellcheck disable=SC2086
		any $command
	done
	try "${2:-0}" "$tamiz" detach --netns "$here" --all
	[ "${2:-0}" != 0 ] || {
		[ ! -e "$netns_dir" ] ||
			complain "$what: left $(find "$netns_dir")"
		! on "$here" ip link show | grep -q xdp ||
			complain "$what: left a program on a device"
	}
}

wrong_map() {
	bpftool map create "$1" type "$2" key 4 value "$3" entries "$4" \
		name wrong || complain "cannot make $1"
}

make_state
pins=$(cd "$at" && echo *)
n=0
for pin in $pins; do
	for damage in missing array hash program symlink directory unreadable; do
		n=$((n + 1))
		[ $((n % EVERY)) = 0 ] || continue
		[ -e "$at" ] || make_state
		[ $damage = unreadable ] || rm "$at/$pin"
		case $damage in
		missing) ;;
		array) wrong_map "$at/$pin" array 4096 1 ;;
		hash) wrong_map "$at/$pin" hash 4 7 ;;
		program) bpftool prog pin pinned "$at/../pair0/root" \
			"$at/$pin" ;;
		symlink) ln -s "../pair0/root" "$at/$pin" ;;
		directory) mkdir "$at/$pin" ;;
		unreadable) chmod 000 "$at/$pin" ;;
		esac
		# What is not ours to remove is named, and stays.
		if [ $damage = directory ]; then
			use_all "$damage $pin" 3
			rmdir "$at/$pin"
			try 0 "$tamiz" detach --netns "$here" --all
		else
			use_all "$damage $pin"
		fi
	done
done
echo "$((n / EVERY)) times damaged"

# Names that are nearly ours, and others' things beside ours.
make_state
for name in rules_ rules_x rules_0 rules_-1 rules_99999999999999999999 \
	meta_1x trial_7 source_18446744073709551617 links; do
	wrong_map "$at/$name" array 4 1
done
ln -s nowhere "$at/rules_8"
ln -s rules_9 "$at/rules_9"
use_all "strange names"
# A second directory with the pins of a device: they do not change places for
# ever. Symbolic links are not followed, and nobody else's are removed.
make_state
mkdir "$netns_dir/copy0" "$netns_dir/%2e%2e" "$netns_dir/0123456789abcdef"
# The link first: without one it may be swept at any time.
bpftool link pin pinned "$at/link" "$netns_dir/copy0/link"
for pin in root stages scratch outcomes control_1 counters_1 meta_1 rules_1; do
	kind=map
	case $pin in root | rules_1) kind=prog ;; esac
	bpftool $kind pin pinned "$at/$pin" "$netns_dir/copy0/$pin"
done
use_all "a copy"
make_state
ln -s dut0 "$netns_dir/sym0"
ln -s "$netns_dir" "$netns_dir/loop0"
what="symbolic links"
any status
any enforce --all
try 0 "$tamiz" detach --netns "$here" --all
! on "$here" ip link show | grep -q xdp || complain "$what: left a program"
rm -f "$netns_dir/sym0" "$netns_dir/loop0"
rmdir "$netns_dir" || complain "$what: left $(find "$netns_dir")"

# Directories that cannot be written, a bpffs that is not there.
make_state
read_only() {
	unshare -m sh -c 'mount --rbind "$0" "$0" &&
		mount -o remount,bind,ro "$0" && "$@"' "$@"
}
mkdir -p /run/tamiz /var/lib/tamiz
for command in "replace $tmp/10" "attach $tmp/10" rollback confirm enforce \
	detach; do
	# It could break the link, and no more.
	# shellcheck disable=SC2086
	[ "$command" = detach ] || try 3 read_only /sys/fs/bpf "$tamiz" $command \
		--netns "$here" --dev dut0
	rm -f "/run/tamiz/${netns_dir##*/}.lock"
	# shellcheck disable=SC2086
	try 3 read_only /run "$tamiz" $command --netns "$here" --dev dut0
	says "Read-only file system"
done
try 0 read_only /run "$tamiz" status --netns "$here"
says "dut0: offload"
# With a file to lock, as somebody who looks for leftovers makes it.
mkdir -p /run/tamiz
: >>"/run/tamiz/${netns_dir##*/}.lock"
try 0 read_only /run "$tamiz" status --netns "$here"
says "dut0: offload"
try 0 "$tamiz" confirm --netns "$here" --all
try 3 read_only /var/lib nsenter --net="/run/netns/$here" "$tamiz" save
says "Read-only file system"
try 3 unshare -m sh -c 'umount -l /sys/fs/bpf && exec nsenter \
	--net="/run/netns/$0" setpriv --bounding-set -sys_admin "$@"' "$here" \
	"$tamiz" replace "$tmp/10" --dev dut0
says "/sys/fs/bpf"
try 3 unshare -m sh -c 'mount -t tmpfs -o ro tmpfs /sys/fs && "$@"' - \
	"$tamiz" replace "$tmp/10" --netns "$here" --dev dut0
says "/sys/fs/bpf"
try 3 on "$here" setpriv --bounding-set -bpf,-sys_admin,-net_admin \
	"$tamiz" log --dev dut0
says "missing capabilities: CAP_BPF"
try 0 "$tamiz" detach --netns "$here" --dev pair0
send 1 9
expect xdp '-p udp -m udp --dport 9 -j DROP' 1

# A full disk under the packets that log writes.
try 3 timeout 120 "$tamiz" log --netns "$here" --dev dut0 --count 1 \
	--pcap /dev/full
says "No space left on device"

# Every noun beside every other, and beside itself.
list="attach:$tmp/10:--dev:dut0 replace:$tmp/11:--dev:dut0:--confirm:60
	rollback:--dev:dut0 detach:--dev:dut0 enforce:--dev:dut0
	confirm:--dev:dut0 save:--file:$tmp/other status
	restore:--file:$tmp/saved:--dev:dut0 log:--pcap:$tmp/pcap"
beside() {
	# shellcheck disable=SC2086
	(
		tmp=$tmp/$1
		mkdir -p "$tmp"
		# shellcheck disable=SC2046
		any $(echo "$2" | tr : ' ')
		exit "$((failed != 0))"
	)
}
n=0
rest=$list
for one in $list; do
	for other in $rest; do
		[ -e "$at" ] || [ "${one%%:*}" = attach ] ||
			try 0 "$tamiz" restore --netns "$here" \
				--file "$tmp/saved" --dev dut0
		what="${one%%:*} beside ${other%%:*}"
		failed_before=$failed failed=0
		beside one "$one" &
		first=$!
		beside other "$other" || failed=1
		wait $first || failed=1
		failed=$((failed_before + failed))
		try 0 "$tamiz" status --netns "$here"
		n=$((n + 1))
	done
	# The pairs with it are done.
	# shellcheck disable=SC2086
	rest=$(echo $rest | cut -sd' ' -f2-)
done
echo "$n pairs"
try 0 "$tamiz" detach --netns "$here" --all
[ ! -e "$netns_dir" ] || complain "pairs: left $(find "$netns_dir")"
finish
