#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Which sets that rules change, and which lists of recent, a program keeps with
# --state=own: those of which it sees all.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# keeps WHAT NUMBER OPTION...: the program for $tmp/rules and $tmp/sets keeps
# so many; WHAT is a word that stands in front of each.
keeps() {
	what=$1 number=$2
	shift 2
	try 0 "$tamiz" compile "$tmp/rules" "$tmp/sets" -t xdp -o - "$@"
	got=$(grep -c "^$what" "$tmp/out")
	[ "$got" = "$number" ] ||
		complain "keeps $got, not $number: $* $(cat "$tmp/rules")"
}

puts='__noinline int tz_put_'
lists='TZ_RECENT_MAP(tz_rc_'

# one RULE...: the rules behind one that asks the set s.
one() {
	{
		printf '*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
		echo '-A INPUT -p tcp -m set --match-set s src -j DROP'
		for rule in "$@"; do
			echo "$rule"
		done
		echo COMMIT
	} >"$tmp/rules"
}

add='-A INPUT -p udp -j SET --add-set s src'
echo 'create s hash:ip timeout 60' >"$tmp/sets"
one "$add"
keeps "$puts" 1 --state=own
keeps "$puts" 1 --mode=replace
keeps "$puts" 0
one "$add --exist --timeout 9" '-A INPUT -p icmp -j SET --del-set s src'
keeps "$puts" 1 --state=own
# what it holds by then is not in the files
one "$add"
try 0 "$tamiz" check "$tmp/rules" "$tmp/sets" --state=own
says out "the rules drop none"
# others feed it, or only the kernel knows when
one "$add" '-A OUTPUT -j SET --add-set s dst'
keeps "$puts" 0 --state=own
one "$add" '-A INPUT -m mark --mark 1 -j SET --add-set s src'
keeps "$puts" 0 --state=own
one "$add --del-set s src"
keeps "$puts" 0 --state=own
one "$add" '-A INPUT -m set --match-set s src --packets-gt 9 -j DROP'
keeps "$puts" 0 --state=own
for kind in 'hash:net' 'hash:ip forceadd' 'bitmap:ip range 192.0.2.0/24'; do
	echo "create s $kind" >"$tmp/sets"
	one "$add"
	keeps "$puts" 0 --state=own
done
# one that nobody asks is nobody's business here
printf 'create s hash:ip\ncreate t hash:ip\n' >"$tmp/sets"
one '-A INPUT -p udp -j SET --add-set t src'
keeps "$puts" 0 --state=own

# Lists of both families are the kernel's.
recent='-m recent --name a --rcheck -j DROP'
printf '*filter\n-A INPUT -s 192.0.2.1 %s\nCOMMIT\n' "$recent" >"$tmp/rules"
: >"$tmp/sets"
keeps "$lists" 1 --state=own
printf '*filter\n-A INPUT -s 2001:db8::1 %s\nCOMMIT\n' "$recent" >"$tmp/sets"
keeps "$lists" 0 --state=own
finish
