# SPDX-License-Identifier: GPL-2.0-only
# From tests/cli/matches.txt the rules of a family (-v family=4) as a file of
# iptables-save form; each rule's comment is the match's name.
BEGIN { n = split("raw mangle filter", tables, " ") }
/^#/ || !index($2, family) { next }
{
	split($3, at, "/")
	chains[at[1], at[2]] = 1
	name = $1
	sub(/^[^ ]+ [^ ]+ [^ ]+ /, "")
	rules[at[1]] = rules[at[1]] "-A " at[2] " " $0 \
		(name == "comment" ? "" : " -m comment --comment " name) \
		" -j DROP\n"
}
END {
	for (i = 1; i <= n; i++) {
		printf "*%s\n", tables[i]
		for (key in chains) {
			split(key, at, SUBSEP)
			if (at[1] == tables[i])
				printf ":%s ACCEPT [0:0]\n", at[2]
		}
		printf "%sCOMMIT\n", rules[tables[i]]
	}
}
