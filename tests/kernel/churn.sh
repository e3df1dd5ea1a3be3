#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules are replaced while connections come and go, others are refused, and sets
# change, by hand and by `set sync --watch`: what a round has made is gone a few
# rounds later -- programs, maps, pins, entries of conntrack -- and neither the
# memory of what is pinned grows nor that of the watcher, nor its files.
# `churn.sh [SECONDS]`: as long as that, and six rounds at least.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
services=$top_builddir/tests/kernel/services
seconds=${1:-0} server='' watcher=''
trap 'for pid in $server $watcher; do kill "$pid" 2>/dev/null; done; clean_up' EXIT

command -v ipset >/dev/null || {
	echo "no ipset"
	exit 77
}
make_cable
on "$here" ipset create bad hash:net timeout 0 maxelem 4096
echo 'create bad hash:net family inet timeout 0 maxelem 4096' >"$tmp/sets"
on "$there" ethtool -K gen0 tx off >/dev/null
mac=$(on "$there" ip -o link show gen0 |
	sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')
on "$here" ip neigh add 192.0.2.2 lladdr "$mac" dev dut0
nsenter --net="/run/netns/$here" "$services" serve >"$tmp/served" 2>&1 &
server=$!
wait_for grep -q ready "$tmp/served" || {
	complain "no services: $(cat "$tmp/served")"
	finish
}

# write_rules PORTS: a host that denies by default.
write_rules() {
	cat >"$tmp/rules" <<-END
		*filter
		:INPUT DROP [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		-A INPUT -m set --match-set bad src -j DROP
		-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A INPUT -p tcp -m multiport --dports $1 -m conntrack --ctstate NEW -j ACCEPT
		-A INPUT -p udp -m udp --dport 53 -j ACCEPT
		-A INPUT -p tcp -m tcp --dport 81 -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name few -j ACCEPT
		COMMIT
	END
	on "$here" iptables-legacy-restore "$tmp/rules"
}

# ids: kind and number of every program and map that is pinned, a line each.
ids() {
	for kind in prog map; do
		find "$netns_dir/dut0" -type f | sort | while read -r pin; do
			bpftool $kind show pinned "$pin" 2>/dev/null |
				sed -n "s/^\([0-9]*\): .*/$kind \1/p"
		done
	done
}

# are_gone: whether nothing is left of the ids in $tmp/old.
are_gone() {
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 1
	done <"$tmp/old"
}

# entries N: whether conntrack has that many.
entries() {
	[ "$(on "$here" cat /proc/sys/net/netfilter/nf_conntrack_count)" = "$1" ]
}

# memory: bytes that what is pinned takes.
memory() {
	for kind in prog map; do
		find "$netns_dir/dut0" -type f | while read -r pin; do
			bpftool -j $kind show pinned "$pin" 2>/dev/null
			echo
		done
	done | sed -n 's/.*"bytes_memlock":\([0-9]*\).*/\1/p' |
		awk '{ n += $1 } END { print n + 0 }'
}

# measure: $pinned bytes of all programs and maps, $resident kB of the watcher,
# $files that it has open.
measure() {
	pinned=$(memory)
	resident=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
		"/proc/$watcher/status")
	files=$(find "/proc/$watcher/fd" -type l | wc -l)
	entries=$(on "$here" cat /proc/sys/net/netfilter/nf_conntrack_count)
	echo "round $round: $pinned bytes pinned, the watcher has $resident kB" \
		"and $files files, conntrack $entries entries"
}

# are_members N: whether the set has as many of ours.
are_members() {
	n_members=$("$tamiz" set list bad --netns "$here" | grep -c '198\.51\.')
	[ "$n_members" = "$1" ]
}

talk() {
	on "$there" "$services" ask 192.0.2.2 192.0.2.1 30 http ssh dns \
		>"$tmp/asked" 2>&1 || complain "round $round: $(cat "$tmp/asked")"
	on "$there" "$services" scan 192.0.2.2 192.0.2.1 200
	on "$there" "$services" flood 192.0.2.1 80 200
	on "$there" "$services" flood 192.0.2.1 81 200
}

# change_set: members come, here and there, and those of the round before go.
change_set() {
	for n in 1 2 3 4; do
		member=198.51.$((round % 250)).$((n * 32))/27
		try 0 "$tamiz" set add bad $member --netns "$here"
		on "$here" ipset add bad $member
		[ $round -gt 1 ] || continue
		member=198.51.$(((round - 1) % 250)).$((n * 32))/27
		try 0 "$tamiz" set del bad $member --netns "$here"
		on "$here" ipset del bad $member
	done
	wait_for are_members 4 ||
		complain "round $round: the set has $n_members members"
}

write_rules 22,80
must "$tamiz" attach "$tmp/rules" "$tmp/sets" --netns "$here" --dev dut0 \
	--state=own
ids >"$tmp/first"
"$tamiz" set sync bad --watch --netns "$here" >"$tmp/watched" 2>&1 &
watcher=$!
: >"$tmp/known"
began=$(date +%s) round=0
while [ $round -lt 6 ] || [ $((round % 2)) = 1 ] ||
	[ $(($(date +%s) - began)) -lt "$seconds" ]; do
	round=$((round + 1))
	ids | sort >"$tmp/now"
	sort -u "$tmp/known" "$tmp/now" >"$tmp/all"
	mv "$tmp/all" "$tmp/known"
	talk
	change_set
	case $((round % 2)) in
	0) write_rules 22,80 ;;
	1) write_rules 22,80,443 ;;
	esac
	must "$tamiz" replace "$tmp/rules" "$tmp/sets" --netns "$here" \
		--dev dut0 --state=own
	[ "$(ids | wc -l)" -le $((2 * $(wc -l <"$tmp/first"))) ] ||
		complain "round $round: $(ids | wc -l) things are pinned"
	case $round in
	6)
		measure
		early_pinned=$pinned early_resident=$resident early_files=$files
		;;
	*00) measure ;;
	esac
done
measure
[ "$pinned" = "$early_pinned" ] ||
	complain "$pinned bytes are pinned, $early_pinned before"
[ "$resident" -le $((early_resident + 256)) ] ||
	complain "the watcher has $resident kB, $early_resident before"
[ "$files" = "$early_files" ] ||
	complain "the watcher has $files files, $early_files before"
try 0 kill -INT "$watcher"
wait "$watcher" || complain "the watcher: $? $(cat "$tmp/watched")"
watcher=''
ids | sort >"$tmp/now"
comm -23 "$tmp/known" "$tmp/now" >"$tmp/old"
wait_for are_gone || complain "left of generations before: $(cat "$tmp/old")"

# A reference that a program keeps would keep its entry.
on "$here" conntrack -F >/dev/null 2>&1
wait_for entries 0 || complain "$(on "$here" \
	cat /proc/sys/net/netfilter/nf_conntrack_count) entries are kept"
try 0 "$tamiz" detach --netns "$here" --dev dut0
mv "$tmp/now" "$tmp/old"
wait_for are_gone || complain "left after detach: $(cat "$tmp/old")"
echo "$round rounds, $(wc -l <"$tmp/known") programs and maps came and went"
finish
