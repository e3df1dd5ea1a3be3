#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every line of tests/unit/front_text.rules is given to tamiz' front-end and to
# the kernel's iptables-legacy (iptables-nft with BACKEND=nft): both must
# refuse it, or both take it, and print the same rules. `# differs: WHY` before
# a line says that we know better.
set -u
list=${RULES:-$top_srcdir/tests/unit/front_text.rules}
backend=${BACKEND:-legacy}
command -v iptables-$backend-restore >/dev/null || {
	echo "skipped: no iptables-$backend here"
	exit 77
}
unshare -n true 2>/dev/null || {
	echo "skipped: no right to make network namespaces"
	exit 77
}
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT

"$top_builddir/tests/unit/front_text" <"$list" >"$out/ours" || exit 1

# One namespace; each rule is a whole table and replaces the one before it.
# shellcheck disable=SC2016
grep -v '^#' "$list" | grep . | unshare -n sh -c '
	while read -r family table rule; do
		tool=iptables; [ "$family" = 6 ] && tool=ip6tables
		if printf "*%s\n:user - [0:0]\n-A %s\nCOMMIT\n" \
				"$table" "$rule" |
				$tool-$1-restore >/dev/null 2>&1; then
			$tool-$1-save -t "$table" | grep "^-A" |
				sed "s/ *$//" | tr "\n" " "
			echo
		else
			echo REFUSED
		fi
	done' sh "$backend" >"$out/theirs"

grep -v '^#' "$list" | grep . >"$out/rules"
awk '/^# differs/ { known = 1; next } /^#|^$/ { next }
	{ print known + 0; known = 0 }' "$list" >"$out/known"
paste "$out/known" "$out/rules" "$out/ours" "$out/theirs" |
awk -F '\t' -v backend="$backend" '
	{ sub(/ *$/, "", $3); sub(/ *$/, "", $4); n++ }
	$3 == $4 && $1 == 1 { print "no difference any more: " $2; bad = 1 }
	$3 != $4 && $1 == 0 {
		print "rule:    " $2 "\ntamiz:   " $3 "\n" backend ":  " $4
		bad = 1
	}
	END { print n " rules compared with iptables-" backend; exit bad }'
