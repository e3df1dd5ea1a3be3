# SPDX-License-Identifier: GPL-2.0-only
# The lists of tamiz.7 from matches.def and targets.def. Reads the page, whose
# lines @match and @target stand for a list and @note NAME TEXT says what the
# tables do not, and then rows as the preprocessor leaves them: @KIND-OF-ROW
# NAME FAMILIES KIND REASON | OPTIONS.

BEGIN {
	families["4"] = "IPv4"
	families["6"] = "IPv6"
	families["BOTH"] = "IPv4, IPv6"
	unjudged["match"] = "Unknown at XDP"
	unjudged["target"] = "The kernel's affair"
}

FNR == NR && $1 == "@note" {
	name = $2
	sub(/^@note [^ ]+ /, "")
	note[name] = $0
	next
}

FNR == NR {
	page[++n_lines] = $0
	next
}

{ rows = rows " " $0 }

function roff(text) {
	gsub(/-/, "\\-", text)
	return text
}

# The literals of a text, joined: "a " "b" is a b.
function words(text) {
	gsub(/"[ \t]*"/, "", text)
	gsub(/^[ \t]*"|"[ \t]*$/, "", text)
	return text
}

function options(text, out, name, rest) {
	while (match(text, /OPT\("[^"]*"[^)]*/)) {
		rest = substr(text, RSTART + 5, RLENGTH - 5)
		text = substr(text, RSTART + RLENGTH)
		name = rest
		sub(/".*/, "", name)
		out = out (out ? ", " : "") \
			(rest ~ /INVERT/ ? "[!]\\ " : "") "--" name
	}
	return out
}

function entry(row, part, all, opts) {
	split(row, part, " ")
	all = row
	sub(/^ *[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+/, "", all)
	opts = options(substr(all, index(all, "|") + 1))
	sub(/\|.*/, "", all)
	print ".TP"
	print ".BR " part[2] " \" (" families[part[3]] ")\""
	if (opts)
		print roff(opts) ".\n.br"
	if (part[2] in note)
		print roff(note[part[2]])
	else if (part[4] == "REAL")
		print "Judged."
	else
		print unjudged[part[1]] ": " roff(words(all)) "."
}

END {
	n_rows = split(rows, row, "@")
	for (i = 1; i <= n_lines; i++) {
		if (page[i] !~ /^@/) {
			print page[i]
			continue
		}
		for (k = 1; k <= n_rows; k++)
			if (index("@" row[k], page[i] " ") == 1)
				entry(row[k])
	}
}
