#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Files of command lines mean what they mean to iptables: the commands are run
# by iptables-legacy and by iptables-nft, each in a network namespace that ends
# with them, and what iptables-save prints then is what `tamiz fmt` makes of
# the file. For the files of tests/kernel/commands/, of examples/, and of
# ../shared/corpus/iptables-commands; of iptables-commands-rejected each line
# is refused. `fmt` of `fmt` is itself for all of them and for the rule files
# of ../shared.
#
# What has to be made alike in both texts: comments, counters, blanks at the
# end of a line, the order of tables (the engines print the newest first), and
# tables that nothing was done in (each engine makes others).
set -u
: "${top_builddir:=$PWD}" "${top_srcdir:=$(dirname "$0")/../..}"
tamiz=$top_builddir/tamiz
shared=${SHARED:-$top_srcdir/../shared}/corpus
PATH=$PATH:/usr/sbin:/sbin
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
failed=0
n=0

fail() {
	echo "FAILED: $*"
	failed=1
}

# Scraps of scripts jump to chains that other parts of them make: makes these
# in front of the text. An answer about a chain names its table.
make_chains() {
	cp "$1" "$2"
	for _ in 1 2 3 4 5 6 7 8 9; do
		"$tamiz" fmt "$2" >/dev/null 2>"$dir/why" && return
		sed -n "s/^[^:]*:\([0-9]*\):.* table \([a-z]*\) has no chain '\([^']*\)'.*/\1 \2 \3/p" \
			"$dir/why" | while read -r line table chain; do
			program=$(sed -n "${line}s/ .*//p" "$2")
			echo "$program -t $table -N $chain"
		done | sort -u >"$dir/chains"
		[ -s "$dir/chains" ] || return
		cat "$dir/chains" "$2" >"$dir/more" && mv "$dir/more" "$2"
	done
}

normal() {
	sed -e '/^#/d' -e '/^$/d' -e 's/ *$//' -e 's/\[[0-9:]*\]/[0:0]/' \
		-e 's/^\[0:0\] //' |
	awk '/^\*/ { name = $1; is_used = 0; text = "" }
		{ text = text $0 "\n" }
		/^-A/ || /^:.* (DROP|-) / { is_used = 1 }
		/^COMMIT/ && is_used { tables[name] = text }
		END {
			n = split("*raw *mangle *nat *filter *security", order)
			for (i = 1; i <= n; i++)
				printf "%s", tables[order[i]]
		}'
}

# Runs the file in a namespace of its own; what it leads to in $dir/theirs*.
run_commands() {
	sets=$(grep -oE '(match|add|del)-set [^ ]+' "$2" | sed 's/.* //' |
		sort -u)
	# shellcheck disable=SC2016
	timeout 300 unshare -n sh -ec '
		for set in $3; do
			case $set in
			*INET6) ipset create "$set" hash:ip family inet6 ;;
			*) ipset create "$set" hash:ip ;;
			esac
		done
		backend=$1
		iptables() { "iptables-$backend" "$@"; }
		ip6tables() { "ip6tables-$backend" "$@"; }
		ip46tables() { iptables "$@"; ip6tables "$@"; }
		. "$2"
		"iptables-$backend-save" >"$4.4"
		"ip6tables-$backend-save" >"$4.6"' \
		sh "$1" "$2" "$sets" "$dir/theirs" >"$dir/said" 2>&1
}

is_stable() {
	"$tamiz" fmt "$1" >"$dir/once" 2>/dev/null || return 0
	"$tamiz" fmt - <"$dir/once" >"$dir/twice" 2>"$dir/why" &&
		cmp -s "$dir/once" "$dir/twice" && return
	fail "$1: fmt of fmt is something else"
	diff "$dir/once" "$dir/twice" | head -5
}

compare() {
	for family in 4 6; do
		"$tamiz" fmt --family "ipv$family" "$2" 2>"$dir/why" |
			normal >"$dir/ours"
		normal <"$dir/theirs.$family" >"$dir/normal"
		cmp -s "$dir/ours" "$dir/normal" && continue
		fail "$2: IPv$family differs from iptables-$1"
		diff "$dir/ours" "$dir/normal" | head -10
	done
}

check_file() {
	n=$((n + 1))
	make_chains "$1" "$dir/$(basename "$1")"
	set -- "$dir/$(basename "$1")"
	"$tamiz" fmt "$1" >/dev/null 2>"$dir/why" || {
		fail "$1 is refused: $(head -3 "$dir/why")"
		return
	}
	is_stable "$1"
	for backend in legacy nft; do
		command -v "iptables-$backend-save" >/dev/null || continue
		run_commands "$backend" "$1" || {
			fail "$1: iptables-$backend: $(tail -3 "$dir/said")"
			continue
		}
		compare "$backend" "$1"
	done
}

unshare -n true 2>/dev/null || {
	echo "skipped: no right to make network namespaces"
	exit 77
}
for file in "$top_srcdir"/tests/kernel/commands/*.commands \
	"$top_srcdir"/examples/*.commands; do
	check_file "$file"
done
[ "$n" -ge 3 ] || fail "found $n files of commands"
if [ -d "$shared/iptables-commands" ]; then
	for file in "$shared"/iptables-commands/*.cmds; do
		check_file "$file"
	done
	for file in "$shared"/iptables-save/* "$top_srcdir"/examples/*.rules; do
		is_stable "$file"
	done
	while read -r line; do
		echo "$line" >"$dir/line.commands"
		! "$tamiz" fmt "$dir/line.commands" >"$dir/once" 2>&1 ||
			fail "is accepted: $line"
	done <"$shared/iptables-commands-rejected/rejected.cmds"
else
	echo "../shared is absent: only our own files were run"
fi
echo "$n files of commands run by the kernel's tools"
exit $failed
