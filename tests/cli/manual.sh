#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command that `tamiz help` names has: a man page with all its sections
# and an example, a script in examples/, and where it takes --json a schema that
# its page names. tamiz(7) names every match and target, with its options, as
# the preprocessor sees them. What examples say is run by tests/examples.sh and
# tests/kernel/examples.sh, options are compared by pages.sh.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# section PAGE TITLE: its text.
section() {
	awk -v title=".SH $2" '/^\.SH / { inside = ($0 == title) } inside' "$1"
}

check_page() {
	for title in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES \
		"SEE ALSO"; do
		[ "$(section "$1" "$title" | wc -l)" -ge 2 ] ||
			complain "$1 has no $title"
	done
	case $1 in
	*/tamiz.8) return ;;
	esac
	[ -n "$(section "$1" OPTIONS)" ] || complain "$1 has no OPTIONS"
}

check_command() {
	page=$(page_of "$1")
	check_page "$page"
	case $1 in
	version | help) return ;;
	esac
	section "$page" SYNOPSIS | grep -q "^\.B tamiz $1\$" ||
		complain "$page: no synopsis of $1"
	section "$page" EXAMPLES | grep -qE "(^| )tamiz $1( |\$)" ||
		complain "$page: no example of $1"
	sed '/^#/d' "$top_srcdir"/examples/*.sh | grep -qE "tamiz $1( |\$)" ||
		complain "examples: no script uses tamiz $1"
	schema=$top_srcdir/runtime/cli/schema/$1.json
	if "$tamiz" "$1" -h | grep -q -- --json; then
		n_schemas=$((n_schemas + 1))
		[ -f "$schema" ] || complain "$1 --json has no schema"
		grep -q "share/tamiz/schema/$1\.json" "$page" ||
			complain "$page does not name the schema"
		grep -q "judge $1 \|for noun in.* $1" \
			"$top_srcdir/tests/cli/schema.sh" \
			"$top_srcdir/tests/kernel/schema.sh" ||
			complain "nobody judges what $1 --json prints"
	elif [ -e "$schema" ]; then
		complain "$1 has a schema and no --json"
	fi
}

# Of status there are two: of devices, and of sockets.
n=0 n_schemas=1
for command in $("$tamiz" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	n=$((n + 1))
	check_command "$command"
done
[ $n -ge 16 ] || complain "found $n commands"
[ "$(ls "$top_srcdir/runtime/cli/schema" | wc -l)" = $n_schemas ] ||
	complain "found $n_schemas commands with --json"

# ---- tamiz(7) against the tables ----
rows() {
	sed 's/^RULE(.*//' "$top_srcdir/compiler/sema/$1.def" |
		"$CLANG" -E -P -x c '-DRULE(...)=' \
			'-DMATCH(n,f,k,r,...)=row #n #f __VA_ARGS__ end' \
			'-DTARGET(n,f,k,r,...)=row #n #f __VA_ARGS__ end' \
			'-DOPT(n,...)=option n' -
}
page=$top_builddir/runtime/cli/man/tamiz.7
check_page_rows() {
	rows "$1" | tr -s ' \n' '\n\n' | tr -d '",' | awk -v title="$2" '
	FNR == NR {
		gsub(/\\-/, "-")
		if (/^\.SH /) inside = $0 == ".SH " title
		if (!inside) next
		if (/^\.BR /) at = $2 " " $0
		text[at] = text[at] " " $0 " "
		next
	}
	$0 == "row" { getline name; getline family; n++; found = ""
		family = family == "BOTH" ? "IPv4, IPv6" : "IPv" family
		for (at in text)
			if (index(at, name " ") == 1 && at ~ "[(]" family "[)]")
				found = at
		if (found == "") print name " (" family ") is not there"
		else if (text[found] !~ \
			/ (Judged|Unknown at XDP|The kernel.s affair)[ .:]/)
			print name ": judged or not?" }
	$0 == "option" { getline option
		if (found != "" && text[found] !~ "--" option "[ ,.]")
			print name ": no --" option }
	END { if (n < 40) print "found " n " rows" }' "$page" -
}
for list in "matches MATCHES" "targets TARGETS"; do
	# Two words.
	# shellcheck disable=SC2086
	missing=$(check_page_rows $list)
	[ -z "$missing" ] || complain "tamiz.7: $missing"
done
# What it says of each match is what check says of a rule with it, and there is
# a rule for each.
check_truth() {
	awk -v family="$1" -f "$top_srcdir/tests/lib/matches.awk" \
		"$top_srcdir/tests/cli/matches.txt" >"$tmp/rules$1"
	"$tamiz" check --json --family "ipv$1" "$tmp/rules$1" >"$tmp/json" &&
		python3 - "$tmp/json" "$1" "$page" <<'END'
import json, re, sys

with open(sys.argv[1]) as file:
    rules = json.load(file)["rules"]
with open(sys.argv[3]) as file:
    text = file.read().split(".SH MATCHES")[1].split(".SH TARGETS")[0]
ways = {
    "Judged.": lambda o, r: o != "impossible" and r != "impossible",
    "Judged in replace": lambda o, r: o == "impossible" and r == "exact",
    "Judged as far": lambda o, r: o == "partial" and r == "impossible",
    "Unknown at XDP": lambda o, r: o != "exact" and r == "impossible",
}
fits = {r["comment"]: (r["offload"], r["replace"]) for r in rules if r["number"]}
n = 0
for entry in text.split(".TP\n.BR ")[1:]:
    name, families = re.match(r'(\S+) " \(([^)]*)\)"', entry).groups()
    if "IPv" + sys.argv[2] not in families:
        continue
    n += 1
    way = next((w for w in ways if any(
        line.startswith(w) for line in entry.split("\n"))), None)
    if name not in fits:
        print(f"{name}: no rule in matches.txt")
    elif not way or not ways[way](*fits[name]):
        print(f"{name}: {way}, but check says {fits[name]}")
if n < 40:
    print(f"found {n} matches")
END
}
if command -v python3 >/dev/null; then
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	for family in 4 6; do
		wrong=$(check_truth $family) ||
			complain "matches.txt: check refuses: $wrong"
		[ -z "$wrong" ] || complain "tamiz.7: $wrong"
	done
else
	echo "no python3: what tamiz.7 says is not compared with check"
fi
said=$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)
[ -z "$said" ] || complain "$page: $said"
finish
